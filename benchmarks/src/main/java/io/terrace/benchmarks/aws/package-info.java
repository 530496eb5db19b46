/** The aws tier beside the AWS SDK: items of DynamoDB, and long values in S3. */
@NullMarked
package io.terrace.benchmarks.aws;

import org.jspecify.annotations.NullMarked;
