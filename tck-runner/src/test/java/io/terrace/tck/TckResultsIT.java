package io.terrace.tck;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * Reads the reports that Surefire wrote of the TCK: on every stack the whole of it ran and passed.
 */
@RunWith(Parameterized.class)
public class TckResultsIT {
  private static final String OURS = "io.terrace.tck.";

  /** How many tests store by reference. */
  private static final int BY_REFERENCE = 12;

  private final Path reports;

  public TckResultsIT(String stack) {
    reports = Path.of(property("io.terrace.tck.reports"), stack);
  }

  @Parameters(name = "{0}")
  public static List<String> stacks() {
    return List.of("heap", "heap-disk", "redis", "heap-redis", "heap-aws", "heap-redis-disk-aws");
  }

  private enum Outcome {
    PASSED,
    FAILED,
    SKIPPED,
    /** Reported as passed, but the TCK did not run it: by the exclude list, or by its own word. */
    EXCLUDED
  }

  private record TestCase(String className, String name, Outcome outcome) {
    boolean isOfTheTck() {
      return !className.startsWith(OURS);
    }
  }

  @Test
  public void wholeTckRanAndPassed() throws Exception {
    List<TestCase> ofTheTck = testCases().stream().filter(TestCase::isOfTheTck).toList();

    System.out.println("TCK on " + reports.getFileName() + ": " + count(ofTheTck));
    assertThat(ofTheTck)
        .hasSize(Integer.parseInt(property("io.terrace.tck.tests")))
        .doesNotHaveDuplicates()
        .filteredOn(test -> test.outcome() != Outcome.PASSED)
        .containsExactlyInAnyOrderElementsOf(excluded());
  }

  /**
   * What the exclude list of the stack names, and nothing else: a test that always fails, there to
   * show that the list is read, and on stacks without a heap the tests of storing by reference,
   * which only a heap can.
   */
  private List<TestCase> excluded() throws IOException {
    Path list =
        Path.of("src", "test", "stacks").resolve(reports.getFileName()).resolve("ExcludeList");
    return Files.readAllLines(list).stream()
        .map(line -> line.split("#", -1))
        .map(name -> new TestCase(name[0], name[1], Outcome.EXCLUDED))
        .toList();
  }

  /** A list that grew would hide what fails. */
  @Test
  public void nothingElseIsExcluded() throws Exception {
    boolean hasHeap = reports.getFileName().toString().startsWith("heap");
    assertThat(excluded())
        .extracting(test -> test.className() + "#" + test.name())
        .contains("org.jsr107.tck.CachingTest#dummyTest")
        .filteredOn(name -> !name.endsWith("#dummyTest"))
        .hasSize(hasHeap ? 0 : BY_REFERENCE)
        .allMatch(name -> name.contains("StoreByReference"));
  }

  @Test
  public void ranOnTheStackItIsMeantFor() throws Exception {
    assertThat(testCases())
        .filteredOn(test -> test.className().equals(StackUnderTestTest.class.getName()))
        .isNotEmpty()
        .allMatch(test -> test.outcome() == Outcome.PASSED);
  }

  private static Map<Outcome, Long> count(List<TestCase> testCases) {
    return testCases.stream()
        .collect(
            Collectors.groupingBy(
                TestCase::outcome, () -> new EnumMap<>(Outcome.class), Collectors.counting()));
  }

  private List<TestCase> testCases()
      throws IOException, ParserConfigurationException, SAXException {
    DocumentBuilder parser = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    List<TestCase> testCases = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(reports, "TEST-*.xml")) {
      for (Path file : files) {
        NodeList elements = parser.parse(file.toFile()).getElementsByTagName("testcase");
        for (int i = 0; i < elements.getLength(); i++) {
          testCases.add(testCase((Element) elements.item(i)));
        }
      }
    }
    return testCases;
  }

  private static TestCase testCase(Element element) {
    return new TestCase(
        element.getAttribute("classname"), element.getAttribute("name"), outcome(element));
  }

  private static Outcome outcome(Element testCase) {
    if (has(testCase, "failure") || has(testCase, "error")) {
      return Outcome.FAILED;
    }
    if (has(testCase, "skipped")) {
      return Outcome.SKIPPED;
    }
    return testCase.getTextContent().contains("EXCLUDING TEST") ? Outcome.EXCLUDED : Outcome.PASSED;
  }

  private static boolean has(Element testCase, String child) {
    return testCase.getElementsByTagName(child).getLength() > 0;
  }

  private static String property(String name) {
    return requireNonNull(System.getProperty(name), name);
  }
}
