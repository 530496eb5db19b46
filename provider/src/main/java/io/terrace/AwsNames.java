package io.terrace;

import java.net.URI;
import java.util.regex.Pattern;

/** What the names and addresses in the settings of the aws tier look like. */
final class AwsNames {
  static final String TABLE = "aws.table";
  static final String BUCKET = "aws.bucket";
  static final String PREFIX = "aws.prefix";
  static final String REGION = "aws.region";

  private static final Pattern TABLE_NAME = Pattern.compile("[A-Za-z0-9_.-]{3,255}");
  private static final Pattern BUCKET_NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
  private static final Pattern PREFIX_NAME =
      Pattern.compile("(?=.{2,200}$)(?:[A-Za-z0-9!_.*'()-]+/)+");
  private static final Pattern REGION_NAME = Pattern.compile("[a-z0-9]+(?:-[a-z0-9]+)+");

  private AwsNames() {}

  /**
   * The name of a table, if it can be one.
   *
   * @throws InvalidSettingException if not; so do the others
   */
  static String table(String name) {
    return matching(
        TABLE, TABLE_NAME, name, "must be 3 to 255 letters, digits, '_', '-' and '.', not ");
  }

  static String bucket(String name) {
    return matching(
        BUCKET,
        BUCKET_NAME,
        name,
        "must be 3 to 63 small letters, digits, '-' and '.', the first and the last one a letter or"
            + " digit, not ");
  }

  /** Ends in a slash: what else is in the bucket must not begin with it. */
  static String prefix(String prefix) {
    return matching(
        PREFIX,
        PREFIX_NAME,
        prefix,
        "must be like 'terrace/', of letters, digits and any of !_.*'()- between slashes, up to 200"
            + " characters, not ");
  }

  static String region(String name) {
    return matching(REGION, REGION_NAME, name, "must be like eu-central-1, not ");
  }

  /** The value does not go into the message: there may be a secret in it. */
  static URI endpoint(String setting, URI uri) {
    boolean web =
        "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
    boolean plain =
        uri.getRawUserInfo() == null && uri.getRawQuery() == null && uri.getRawFragment() == null;
    if (!web || !plain || uri.getHost() == null) {
      throw new InvalidSettingException(
          setting, "must be like http://localhost:8000, without user, query and fragment");
    }
    return uri;
  }

  private static String matching(String setting, Pattern pattern, String name, String problem) {
    if (!pattern.matcher(name).matches()) {
      throw new InvalidSettingException(setting, problem + "'" + name + "'");
    }
    return name;
  }
}
