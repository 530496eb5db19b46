package io.terrace.tier.aws;

/** What is asked of S3, each with the right of IAM that it takes. */
enum BucketOperation {
  PUT_OBJECT("PutObject", "PutObject"),
  CREATE_MULTIPART_UPLOAD("CreateMultipartUpload", "PutObject"),
  UPLOAD_PART("UploadPart", "PutObject"),
  COMPLETE_MULTIPART_UPLOAD("CompleteMultipartUpload", "PutObject"),
  ABORT_MULTIPART_UPLOAD("AbortMultipartUpload", "AbortMultipartUpload"),
  GET_OBJECT("GetObject", "GetObject"),
  HEAD_OBJECT("HeadObject", "GetObject"),
  DELETE_OBJECTS("DeleteObjects", "DeleteObject"),
  LIST_OBJECTS("ListObjectsV2", "ListBucket"),
  LIST_MULTIPART_UPLOADS("ListMultipartUploads", "ListBucketMultipartUploads"),
  HEAD_BUCKET("HeadBucket", "ListBucket"),
  CREATE_BUCKET("CreateBucket", "CreateBucket");

  private final String operation;
  private final String right;

  BucketOperation(String operation, String right) {
    this.operation = operation;
    this.right = right;
  }

  /** The action of IAM that has to be allowed. */
  String action() {
    return "s3:" + right;
  }

  @Override
  public String toString() {
    return operation;
  }
}
