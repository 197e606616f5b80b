package io.deploytail.client.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A name and its value, split at the first {@code =}. */
record NameValue(String name, String value) {
    /** Reads {@code NAME=VALUE}. */
    static final class Converter implements ITypeConverter<NameValue> {
        @Override
        public NameValue convert(String text) {
            int equals = text.indexOf('=');
            if (equals <= 0) {
                throw new TypeConversionException("'" + text + "' is not of the form NAME=VALUE");
            }
            return new NameValue(text.substring(0, equals), text.substring(equals + 1));
        }
    }
}
