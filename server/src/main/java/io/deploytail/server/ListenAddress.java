package io.deploytail.server;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Addresses as people write them: {@code HOST:PORT}, with an IPv6 address in brackets, or {@code unix:PATH} for a Unix
 * domain socket.
 */
final class ListenAddress {
    private static final Pattern HOST_PORT = Pattern.compile("(\\[[^\\]]+]|[^:\\[\\]]+):([0-9]{1,5})");
    private static final String UNIX = "unix:";
    private static final int MAX_PORT = 65_535;

    private ListenAddress() {}

    static InetSocketAddress parse(String text) {
        Matcher matcher = HOST_PORT.matcher(text);
        if (!matcher.matches() || Integer.parseInt(matcher.group(2)) > MAX_PORT) {
            throw new TypeConversionException("'" + text + "' is not HOST:PORT, like 127.0.0.1:50051 or [::1]:50051");
        }
        try {
            return new InetSocketAddress(InetAddress.getByName(matcher.group(1)), Integer.parseInt(matcher.group(2)));
        } catch (UnknownHostException e) {
            throw new TypeConversionException("the host in '" + text + "' is unknown");
        }
    }

    /** Whether only this host can reach it. */
    static boolean isLocal(SocketAddress address) {
        return !(address instanceof InetSocketAddress internet)
                || internet.getAddress().isLoopbackAddress();
    }

    /** The address as people write it. */
    static String format(SocketAddress address) {
        if (address instanceof InetSocketAddress internet) {
            String host = internet.getAddress().getHostAddress();
            return (host.contains(":") ? "[" + host + "]" : host) + ":" + internet.getPort();
        }
        return UNIX + address;
    }

    static final class Converter implements ITypeConverter<InetSocketAddress> {
        @Override
        public InetSocketAddress convert(String text) {
            return parse(text);
        }
    }

    static final class OrUnixConverter implements ITypeConverter<SocketAddress> {
        @Override
        public SocketAddress convert(String text) {
            if (!text.startsWith(UNIX)) {
                return parse(text);
            }
            try {
                return UnixDomainSocketAddress.of(
                        Path.of(text.substring(UNIX.length())).toAbsolutePath());
            } catch (InvalidPathException e) {
                throw new TypeConversionException("'" + text + "' is not unix:PATH");
            }
        }
    }
}
