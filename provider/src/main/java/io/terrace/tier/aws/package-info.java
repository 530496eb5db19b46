/** The aws tier: entries in DynamoDB, long bodies in S3. */
@NullMarked
package io.terrace.tier.aws;

import org.jspecify.annotations.NullMarked;
