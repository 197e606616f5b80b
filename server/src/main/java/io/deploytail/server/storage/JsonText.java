package io.deploytail.server.storage;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Lists and maps of strings as they are stored: as JSON, which people and SQLite's own functions can read. */
final class JsonText {
    private JsonText() {}

    static String of(List<String> values) {
        JsonArray array = new JsonArray();
        values.forEach(array::add);
        return array.toString();
    }

    /** The entries come in the order of their names. */
    static String of(Map<String, String> values) {
        JsonObject object = new JsonObject();
        new TreeMap<>(values).forEach(object::addProperty);
        return object.toString();
    }

    static List<String> parseList(String json) {
        List<String> values = new ArrayList<>();
        JsonParser.parseString(json).getAsJsonArray().forEach(value -> values.add(value.getAsString()));
        return values;
    }

    static Map<String, String> parseMap(String json) {
        Map<String, String> values = new HashMap<>();
        JsonParser.parseString(json)
                .getAsJsonObject()
                .entrySet()
                .forEach(entry -> values.put(entry.getKey(), entry.getValue().getAsString()));
        return values;
    }
}
