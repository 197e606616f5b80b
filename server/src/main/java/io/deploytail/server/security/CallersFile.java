package io.deploytail.server.security;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.deploytail.server.deployment.Role;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The file that says who may call and what is allowed to each: JSON, readable by its owner only. It holds no token, only
 * their hashes.
 */
final class CallersFile {
    private static final Gson gson =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    private CallersFile() {}

    /**
     * Reads the callers in it.
     *
     * @throws NoSuchFileException if it is not there
     * @throws IOException if it can't be read or something in it is wrong; says what, for people
     */
    static List<KnownCaller> read(Path file) throws IOException {
        try {
            JsonArray callers = JsonParser.parseString(Files.readString(file))
                    .getAsJsonObject()
                    .getAsJsonArray("callers");
            if (callers == null) {
                throw new IOException(file + " has no \"callers\"");
            }
            List<KnownCaller> known = new ArrayList<>();
            Set<String> names = new HashSet<>();
            for (JsonElement each : callers) {
                KnownCaller caller = parse(each.getAsJsonObject());
                if (!names.add(caller.name())) {
                    throw new IOException(file + " has " + caller.name() + " twice");
                }
                known.add(caller);
            }
            return known;
        } catch (JsonParseException
                | IllegalStateException
                | ClassCastException
                | UnsupportedOperationException // a null, or an object where a text is meant
                | CharacterCodingException e) {
            throw new IOException(file + " is not what 'deploytail-server token' and 'certificate' write", e);
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    private static KnownCaller parse(JsonObject caller) {
        return new KnownCaller(
                text(caller, "name"),
                role(text(caller, "role")),
                texts(caller, "targets"),
                texts(caller, "tokens_sha256"),
                caller.has("certificate") && caller.get("certificate").getAsBoolean());
    }

    private static String text(JsonObject object, String name) {
        if (!object.has(name)) {
            throw new IllegalArgumentException("a caller has no \"" + name + "\"");
        }
        return object.get(name).getAsString();
    }

    private static List<String> texts(JsonObject object, String name) {
        List<String> texts = new ArrayList<>();
        if (object.has(name)) {
            object.getAsJsonArray(name).forEach(each -> texts.add(each.getAsString()));
        }
        return texts;
    }

    private static Role role(String text) {
        for (Role role : Role.values()) {
            if (name(role).equals(text)) {
                return role;
            }
        }
        throw new IllegalArgumentException("there is no role '" + text + "'");
    }

    private static String name(Role role) {
        return role.name().toLowerCase(Locale.ROOT);
    }

    /** Replaces the file in one step, so that a server never reads half of it. */
    static void write(Path file, List<KnownCaller> callers) throws IOException {
        JsonArray array = new JsonArray();
        callers.forEach(each -> array.add(toJson(each)));
        JsonObject root = new JsonObject();
        root.add("callers", array);
        Path written = Path.of(file + ".new");
        try {
            Files.createFile(
                    written, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException e) {
            throw new IOException(written + " is there: does somebody else change the callers? If not, delete it.", e);
        }
        try {
            Files.writeString(written, gson.toJson(root) + "\n");
            Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Files.deleteIfExists(written);
            throw e;
        }
    }

    private static JsonObject toJson(KnownCaller caller) {
        JsonObject object = new JsonObject();
        object.addProperty("name", caller.name());
        object.addProperty("role", name(caller.role()));
        object.add("targets", gson.toJsonTree(caller.targets()));
        if (!caller.tokenHashes().isEmpty()) {
            object.add("tokens_sha256", gson.toJsonTree(caller.tokenHashes()));
        }
        if (caller.hasCertificate()) {
            object.addProperty("certificate", true);
        }
        return object;
    }
}
