package io.terrace.tier.aws;

/** What is asked of DynamoDB, each with the right of IAM that it takes. */
enum TableOperation {
  GET_ITEM("GetItem"),
  BATCH_GET_ITEM("BatchGetItem"),
  PUT_ITEM("PutItem"),
  UPDATE_ITEM("UpdateItem"),
  DELETE_ITEM("DeleteItem"),
  QUERY("Query"),
  CREATE_TABLE("CreateTable"),
  DESCRIBE_TABLE("DescribeTable"),
  UPDATE_TIME_TO_LIVE("UpdateTimeToLive");

  private final String operation;

  TableOperation(String operation) {
    this.operation = operation;
  }

  /** The action of IAM that has to be allowed. */
  String action() {
    return "dynamodb:" + operation;
  }

  @Override
  public String toString() {
    return operation;
  }
}
