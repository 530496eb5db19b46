package io.terrace.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InvalidClassException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AllowListTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "java.lang.Integer",
        "java.lang.IllegalStateException",
        "java.math.BigDecimal",
        "java.time.Ser",
        "java.time.chrono.Ser",
        "java.util.ArrayList",
        "java.util.Collections$UnmodifiableList",
        "java.util.concurrent.ConcurrentHashMap$Segment",
        "java.sql.Timestamp",
        "[I",
        "[[D",
        "[Ljava.lang.Object;",
        "[[Ljava.util.Date;"
      })
  void valuesOfTheJdkAreListed(String name) {
    assertThat(AllowList.of(List.of()).allows(name)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "java.net.URL",
        "java.lang.invoke.SerializedLambda",
        "java.lang.reflect.Proxy",
        "java.rmi.server.RemoteObject",
        "javax.management.BadAttributeValueExpException",
        "java.util.logging.Level",
        "java.util.ServiceLoader",
        "java.util.ArrayListX",
        "com.sun.org.apache.xalan.internal.xsltc.trax.TemplatesImpl",
        "sun.reflect.annotation.AnnotationInvocationHandler",
        "org.acme.Thing",
        "[Lorg.acme.Thing;",
        "Lorg.acme.Thing;",
        "",
        "[",
        "[L;"
      })
  void othersAreNot(String name) {
    assertThat(AllowList.of(List.of()).allows(name)).as(name).isEqualTo(name.equals("["));
  }

  @Test
  void aTypeBringsItsPackageButNotWhatIsBelow() {
    AllowList list = AllowList.of(List.of(), Samples.Bean[].class);
    assertThat(list.allows("io.terrace.codec.Samples$Bean")).isTrue();
    assertThat(list.allows("io.terrace.codec.Other")).isTrue();
    assertThat(list.allows("[Lio.terrace.codec.Other;")).isTrue();
    assertThat(list.allows("io.terrace.codec.below.Other")).isFalse();
    assertThat(list.allows("io.terrace.Other")).isFalse();
    assertThat(list.allows("io.terrace.codecs.Other")).isFalse();
  }

  @Test
  void aTypeOfTheJdkBringsOnlyItself() {
    AllowList list = AllowList.of(List.of(), java.net.URL.class, Map.class, int.class);
    assertThat(list.allows("java.net.URL")).isTrue();
    assertThat(list.allows("java.net.InetAddress")).isFalse();
  }

  @Test
  void patternsNameClassesPackagesAndTrees() {
    AllowList list = AllowList.of(List.of("a.b.C", "p.q.*", "t.u.**", "Unpackaged"));
    assertThat(List.of("a.b.C", "a.b.C$D", "[La.b.C;", "p.q.X", "p.q.X$Y", "t.u.X", "t.u.v.X"))
        .allMatch(list::allows);
    assertThat(list.allows("Unpackaged")).isTrue();
    assertThat(List.of("a.b.CD", "a.b.D", "p.q.r.X", "p.qX", "t.ux.X", "t.u", "xt.u.X", "Other"))
        .noneMatch(list::allows);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "*", "**", ".*", ".**", "a..b", ".a", "a.", "a.*.b", "!a.B", "a b"})
  void otherPatternsAreErrors(String pattern) {
    assertThatThrownBy(() -> AllowList.of(new ArrayList<>(List.of(pattern))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + pattern + "'")
        .hasMessageContaining("terrace.serialization.allow");
  }

  @Test
  void aRefusalNamesClassAndSetting() {
    assertThatThrownBy(() -> AllowList.of(List.of()).check("com.acme.Order"))
        .isInstanceOf(InvalidClassException.class)
        .hasMessageContaining("com.acme.Order")
        .hasMessageContaining("terrace.serialization.allow");
  }
}
