package io.terrace.servers;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a {@link RedisServer} is started with. Not thread safe. */
final class ServerSettings {
  final List<String> config = new ArrayList<>();
  final List<String> arguments = new ArrayList<>();
  final List<List<String>> firstCommands = new ArrayList<>();
  @Nullable Path directory;
  @Nullable String user;
  String password = "";
  boolean tls;
  boolean cluster;
  int port;

  ServerSettings copy() {
    ServerSettings copy = new ServerSettings();
    copy.config.addAll(config);
    copy.arguments.addAll(arguments);
    copy.firstCommands.addAll(firstCommands);
    copy.directory = directory;
    copy.user = user;
    copy.password = password;
    copy.tls = tls;
    copy.cluster = cluster;
    copy.port = port;
    return copy;
  }

  String userInfo() {
    return user == null ? "" : user + ":" + password + "@";
  }

  List<String> lines(Path dataDirectory, int plainPort, int securePort) {
    List<String> lines = new ArrayList<>();
    lines.add("bind 127.0.0.1");
    lines.add("port " + plainPort);
    lines.add("dir \"" + dataDirectory + "\"");
    lines.add("save \"\"");
    lines.add("shutdown-timeout 1");
    lines.add("repl-diskless-sync-delay 0");
    lines.add("enable-debug-command local");
    if (user != null) {
      if (!user.equals("default")) {
        lines.add("user default off");
      }
      lines.add("user " + user + " on >" + password + " ~* &* +@all");
    }
    if (tls) {
      TestCertificate certificate = TestCertificate.shared();
      lines.add("tls-port " + securePort);
      lines.add("tls-cert-file \"" + certificate.certificate() + "\"");
      lines.add("tls-key-file \"" + certificate.key() + "\"");
      lines.add("tls-ca-cert-file \"" + certificate.certificate() + "\"");
      lines.add("tls-auth-clients no");
    }
    if (cluster) {
      lines.add("cluster-enabled yes");
      lines.add("cluster-port " + Ports.free());
    }
    lines.addAll(config);
    return lines;
  }
}
