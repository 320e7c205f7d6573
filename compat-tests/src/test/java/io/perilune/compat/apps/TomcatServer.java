package io.perilune.compat.apps;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SSLHostConfigCertificate;

/** Tomcat with its NIO connector: HTTP on port 8000 and, with TLS, 8443; files by sendfile, and what is posted back. */
public final class TomcatServer {

    private TomcatServer() {}

    /** Runs it: ADDRESS KEYS ROOT. */
    public static void main(String[] arguments) throws Exception {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(Path.of(arguments[2]).resolveSibling("tomcat").toString());
        Connector plain = connector(arguments[0], 8000);
        tomcat.setConnector(plain);
        Connector secure = connector(arguments[0], 8443);
        secure.setSecure(true);
        secure.setScheme("https");
        secure.setProperty("SSLEnabled", "true");
        SSLHostConfig host = new SSLHostConfig();
        SSLHostConfigCertificate certificate =
                new SSLHostConfigCertificate(host, SSLHostConfigCertificate.Type.UNDEFINED);
        certificate.setCertificateKeystoreFile(arguments[1]);
        certificate.setCertificateKeystorePassword(Keys.PASSWORD);
        host.addCertificate(certificate);
        secure.addSslHostConfig(host);
        tomcat.getService().addConnector(secure);
        Context context = tomcat.addContext("", arguments[2]);
        Tomcat.addServlet(context, "echo", new Echo()).addMapping("/echo");
        Tomcat.addServlet(context, "files", "org.apache.catalina.servlets.DefaultServlet")
                .addMapping("/");
        tomcat.start();
        System.out.println("ready");
        tomcat.getServer().await();
    }

    private static Connector connector(String address, int port) {
        Connector connector = new Connector("org.apache.coyote.http11.Http11NioProtocol");
        connector.setPort(port);
        connector.setProperty("address", address);
        return connector;
    }

    private static final class Echo extends HttpServlet {
        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            byte[] body = request.getInputStream().readAllBytes();
            response.setContentLength(body.length);
            response.getOutputStream().write(body);
        }
    }
}
