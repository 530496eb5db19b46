package io.terrace;

/**
 * A setting with a value that cannot be. Thrown where settings are made in code; what is wrong in a
 * configuration file or in a manager's properties is a {@link TerraceConfigurationException}.
 */
public class InvalidSettingException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String setting;
  private final String problem;

  /**
   * @param setting the setting as a configuration file names it, such as {@code disk.max-bytes}
   * @param problem what is wrong with it, to be read after its name: {@code must be at least 1}
   */
  public InvalidSettingException(String setting, String problem) {
    super(setting + " " + problem);
    this.setting = setting;
    this.problem = problem;
  }

  /** The setting as a configuration file names it, such as {@code disk.max-bytes}. */
  public String setting() {
    return setting;
  }

  /** What is wrong with it, to be read after its name. */
  public String problem() {
    return problem;
  }
}
