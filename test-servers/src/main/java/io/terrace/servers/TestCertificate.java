package io.terrace.servers;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate for 127.0.0.1 and localhost, made and signed by nobody but this JVM, and the trust
 * store of a client that trusts it alone. The files go when the JVM ends. Immutable.
 */
public final class TestCertificate {
  private static final String PASSWORD = "terrace-test";
  private static final String ALIAS = "server";

  private static final class Holder {
    static final TestCertificate SHARED = create(Reaper.directory());
  }

  private final Path directory;
  private final KeyStore trust;

  private TestCertificate(Path directory, KeyStore trust) {
    this.directory = directory;
    this.trust = trust;
  }

  /** The one of this JVM; the first call runs the JDK's keytool, about a second. */
  public static TestCertificate shared() {
    return Holder.SHARED;
  }

  /** The certificate as PEM. */
  public Path certificate() {
    return directory.resolve("server.crt");
  }

  /** The private key as PEM (PKCS #8). */
  public Path key() {
    return directory.resolve("server.key");
  }

  /** A PKCS #12 store with the certificate as its one trusted entry. */
  public Path trustStore() {
    return directory.resolve("trust.p12");
  }

  /** The password of {@link #trustStore()}. */
  public String trustStorePassword() {
    return PASSWORD;
  }

  /** A client's context that trusts this certificate and nothing else. */
  public SSLContext sslContext() {
    try {
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(trust);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, factory.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Cannot trust the test certificate", e);
    }
  }

  private static TestCertificate create(Path directory) {
    try {
      Path keys = directory.resolve("server.p12");
      keytool(keys);
      KeyStore pair = KeyStore.getInstance(keys.toFile(), PASSWORD.toCharArray());
      Certificate certificate = pair.getCertificate(ALIAS);
      KeyStore trust = KeyStore.getInstance("PKCS12");
      trust.load(null, null);
      trust.setCertificateEntry(ALIAS, certificate);
      TestCertificate result = new TestCertificate(directory, trust);
      try (OutputStream out = Files.newOutputStream(result.trustStore())) {
        trust.store(out, PASSWORD.toCharArray());
      }
      writePem(result.certificate(), "CERTIFICATE", certificate.getEncoded());
      byte[] key = pair.getKey(ALIAS, PASSWORD.toCharArray()).getEncoded();
      writePem(result.key(), "PRIVATE KEY", key);
      return result;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot make a test certificate", e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Cannot make a test certificate", e);
    }
  }

  private static void keytool(Path keys) throws IOException {
    String program = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    List<String> command =
        List.of(
            program,
            "-genkeypair",
            "-alias",
            ALIAS,
            "-keyalg",
            "EC",
            "-groupname",
            "secp256r1",
            "-dname",
            "CN=localhost",
            "-ext",
            "san=ip:127.0.0.1,dns:localhost",
            "-validity",
            "30",
            "-startdate",
            "-1d",
            "-storetype",
            "PKCS12",
            "-storepass",
            PASSWORD,
            "-keystore",
            keys.toString());
    Path output = keys.resolveSibling("keytool.log");
    Process process = Reaper.start(command, Reaper.directory(), output);
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IOException(program + " failed: " + Files.readString(output));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while keytool ran", e);
    }
  }

  private static void writePem(Path file, String type, byte[] der) throws IOException {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    Files.writeString(
        file, "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n", US_ASCII);
  }
}
