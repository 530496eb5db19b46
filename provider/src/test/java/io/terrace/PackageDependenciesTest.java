package io.terrace;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.domain.PackageMatcher;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.terrace.tier.Tier;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * The direction of imports: {@code jcache -> stack -> tier <- tier.*}, and no tier knows another.
 */
class PackageDependenciesTest {

  private static final String ROOT = "io.terrace";
  private static final String CONFIG = "io.terrace.config..";
  private static final String TIER = "io.terrace.tier";
  private static final String HEAP = "io.terrace.tier.heap..";
  private static final String REDIS = "io.terrace.tier.redis..";
  private static final String DISK = "io.terrace.tier.disk..";
  private static final String AWS = "io.terrace.tier.aws..";
  private static final String STACK = "io.terrace.stack..";
  private static final String COHERENCE = "io.terrace.coherence..";
  private static final String CODEC = "io.terrace.codec..";
  private static final String JCACHE = "io.terrace.jcache..";
  private static final String CDI = "io.terrace.cdi..";
  private static final String METRICS = "io.terrace.metrics..";
  private static final String INTERNAL = "io.terrace.internal..";

  private static final List<Rule> RULES =
      List.of(
          rule(ROOT),
          rule(CONFIG, ROOT, TIER),
          rule(TIER, ROOT),
          rule(HEAP, ROOT, TIER, INTERNAL),
          rule(REDIS, ROOT, TIER, INTERNAL),
          rule(DISK, ROOT, TIER, INTERNAL),
          rule(AWS, ROOT, TIER, INTERNAL),
          rule(STACK, ROOT, TIER, COHERENCE, INTERNAL),
          rule(COHERENCE, ROOT, TIER, INTERNAL),
          rule(CODEC, ROOT, TIER, INTERNAL),
          rule(
              JCACHE, ROOT, CONFIG, TIER, HEAP, REDIS, DISK, AWS, STACK, COHERENCE, CODEC,
              INTERNAL),
          rule(CDI, ROOT, JCACHE),
          rule(METRICS, ROOT, JCACHE),
          rule(INTERNAL));

  private static JavaClasses classes;

  /** What the classes of a package may import of {@code io.terrace}, beside one another. */
  private record Rule(String name, List<String> mayImport) {
    boolean covers(String packageName) {
      return PackageMatcher.of(name).matches(packageName);
    }

    DescribedPredicate<JavaClass> allowed() {
      DescribedPredicate<JavaClass> allowed =
          resideOutsideOfPackage(ROOT + "..")
              .or(resideInAPackage(name))
              .or(resideInAnyPackage(mayImport.toArray(String[]::new)));
      return describe(
          "are in " + mayImport + " or outside of " + ROOT,
          type -> allowed.test(type.getBaseComponentType()));
    }
  }

  private static Rule rule(String name, String... mayImport) {
    return new Rule(name, List.of(mayImport));
  }

  @BeforeAll
  static void importClasses() {
    classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("/io/terrace/servers/"))
            .importPackages(ROOT);
    assertThat(classes.contain(Tier.class)).isTrue();
  }

  @ParameterizedTest
  @FieldSource("RULES")
  void importsOnlyWhatItsRuleAllows(Rule rule) {
    classes()
        .that()
        .resideInAPackage(rule.name())
        .should()
        .onlyDependOnClassesThat(rule.allowed())
        .allowEmptyShould(true)
        .check(classes);
  }

  @Test
  void everyPackageHasOneRule() {
    Stream<String> packages =
        classes.stream().map(JavaClass::getPackage).map(JavaPackage::getName).distinct();
    assertThat(packages)
        .allSatisfy(
            name -> assertThat(RULES).filteredOn(rule -> rule.covers(name)).as(name).hasSize(1));
  }

  @Test
  void userFacingTypesNeedOnlyTheJdkAndJCache() {
    classes()
        .that()
        .resideInAPackage(ROOT)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("java..", "javax.cache..", "org.jspecify..", ROOT)
        .check(classes);
  }

  @Test
  void internalNeedsOnlyTheJdk() {
    classes()
        .that()
        .resideInAPackage(INTERNAL)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("java..", "jdk..", "org.jspecify..", INTERNAL)
        .allowEmptyShould(true)
        .check(classes);
  }

  @Test
  void onlyTheRedisTierUsesItsClient() {
    onlyIn("redis.clients..", REDIS);
  }

  @Test
  void onlyTheAwsTierUsesItsClient() {
    onlyIn("software.amazon.awssdk..", AWS);
  }

  @Test
  void onlyRemoteTiersHaveBreakers() {
    onlyIn("dev.failsafe..", REDIS, AWS);
  }

  private static void onlyIn(String library, String... packages) {
    noClasses()
        .that()
        .resideOutsideOfPackages(packages)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .check(classes);
  }

  @Test
  void onlyTheConfigurationReadsHocon() {
    onlyIn("com.typesafe.config..", CONFIG);
  }
}
