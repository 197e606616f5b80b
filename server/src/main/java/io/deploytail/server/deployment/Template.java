package io.deploytail.server.deployment;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text with places for parameters: a dollar sign and the name in braces. A dollar sign more before it makes it the text
 * that it looks like. What is filled in is not looked at again.
 */
public record Template(String text) {
    private static final Pattern PLACE = Pattern.compile("\\$\\$\\{|\\$\\{([^}]*)}");

    /** The names of the parameters in it. */
    public Set<String> names() {
        Set<String> names = new LinkedHashSet<>();
        Matcher places = PLACE.matcher(text);
        while (places.find()) {
            if (places.group(1) != null) {
                names.add(places.group(1));
            }
        }
        return names;
    }

    /** Whether it begins with the value of this parameter. */
    boolean beginsWith(String name) {
        return text.startsWith("${" + name + "}");
    }

    /** The text with these values, which must be all. */
    String fill(Map<String, String> values) {
        return PLACE.matcher(text)
                .replaceAll(place -> Matcher.quoteReplacement(
                        place.group(1) == null ? "${" : values.getOrDefault(place.group(1), place.group())));
    }
}
