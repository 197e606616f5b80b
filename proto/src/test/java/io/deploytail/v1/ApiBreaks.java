package io.deploytail.v1;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto.EnumReservedRange;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.GenericDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Finds what in an API would break clients, binary or JSON, of an earlier version of it.
 *
 * <p>Whatever was released must still be there and look the same; anything may be added. A field or
 * an enum value may go if its number and its name are reserved, and what was reserved stays so. Services, methods and types can't be reserved, so they stay.
 */
final class ApiBreaks {
    /** Numbers of a reserved range that are looked at one by one. */
    private static final int MANY = 10_000;

    private final List<String> found = new ArrayList<>();

    private ApiBreaks() {}

    /** One sentence for each break, empty if there is none. */
    static List<String> between(FileDescriptor released, FileDescriptor current) {
        ApiBreaks breaks = new ApiBreaks();
        released.getServices().forEach(was -> breaks.compare(was, current.findServiceByName(was.getName())));
        released.getMessageTypes().forEach(was -> breaks.compare(was, current.findMessageTypeByName(was.getName())));
        released.getEnumTypes().forEach(was -> breaks.compare(was, current.findEnumTypeByName(was.getName())));
        return List.copyOf(breaks.found);
    }

    private void compare(ServiceDescriptor was, ServiceDescriptor is) {
        if (isGone(was, is)) {
            return;
        }
        for (MethodDescriptor method : was.getMethods()) {
            MethodDescriptor now = is.findMethodByName(method.getName());
            if (!isGone(method, now)) {
                compare(method, now, ApiBreaks::show);
            }
        }
    }

    private void compare(Descriptor was, Descriptor is) {
        if (isGone(was, is)) {
            return;
        }
        was.getNestedTypes().forEach(nested -> compare(nested, is.findNestedTypeByName(nested.getName())));
        was.getEnumTypes().forEach(nested -> compare(nested, is.findEnumTypeByName(nested.getName())));
        for (FieldDescriptor field : was.getFields()) {
            FieldDescriptor now = is.findFieldByNumber(field.getNumber());
            if (now != null) {
                compare(field, now, ApiBreaks::show);
            } else if (!is.isReservedNumber(field.getNumber()) || !is.isReservedName(field.getName())) {
                report(field, "is gone, but its number and name are not both reserved");
            }
        }
        for (FieldDescriptor field : is.getFields()) {
            if (was.isReservedNumber(field.getNumber()) || was.isReservedName(field.getName())) {
                report(field, "takes a number or name that was reserved");
            }
        }
        reportDropped(was, was.toProto().getReservedNameList(), is::isReservedName);
        for (DescriptorProto.ReservedRange range : was.toProto().getReservedRangeList()) {
            reportDropped(was, numbers(range.getStart(), range.getEnd() - 1), is::isReservedNumber);
        }
    }

    private void compare(EnumDescriptor was, EnumDescriptor is) {
        if (isGone(was, is)) {
            return;
        }
        for (EnumValueDescriptor value : was.getValues()) {
            EnumValueDescriptor now = is.findValueByNumber(value.getNumber());
            if (now != null) {
                compare(value, now, ApiBreaks::show);
            } else if (!is.isReservedNumber(value.getNumber()) || !is.isReservedName(value.getName())) {
                report(value, "is gone, but its number and name are not both reserved");
            }
        }
        for (EnumValueDescriptor value : is.getValues()) {
            if (was.isReservedNumber(value.getNumber()) || was.isReservedName(value.getName())) {
                report(value, "takes a number or name that was reserved");
            }
        }
        reportDropped(was, was.toProto().getReservedNameList(), is::isReservedName);
        for (EnumReservedRange range : was.toProto().getReservedRangeList()) {
            reportDropped(was, numbers(range.getStart(), range.getEnd()), is::isReservedNumber);
        }
    }

    private <T> void reportDropped(GenericDescriptor was, List<T> reserved, Predicate<T> isStillReserved) {
        reserved.stream().filter(isStillReserved.negate()).forEach(each -> report(was, "no longer reserves " + each));
    }

    /** From the first to the last; of a very long range only these two. */
    private static List<Integer> numbers(int first, int last) {
        return (long) last - first < MANY
                ? IntStream.rangeClosed(first, last).boxed().toList()
                : List.of(first, last);
    }

    private <T extends GenericDescriptor> void compare(T was, T is, Function<T, String> show) {
        if (!show.apply(was).equals(show.apply(is))) {
            report(was, "was `" + show.apply(was) + "` and is `" + show.apply(is) + "`");
        }
    }

    private boolean isGone(GenericDescriptor was, GenericDescriptor is) {
        if (is == null) {
            report(was, "is gone");
        }
        return is == null;
    }

    private void report(GenericDescriptor what, String complaint) {
        found.add(what.getFullName() + " " + complaint);
    }

    private static String show(MethodDescriptor method) {
        return method.getName()
                + (method.isClientStreaming() ? "(stream " : "(")
                + method.getInputType().getFullName()
                + (method.isServerStreaming() ? ") returns (stream " : ") returns (")
                + method.getOutputType().getFullName()
                + ")";
    }

    /** Everything about a field that its binary and its JSON form depend on. */
    private static String show(FieldDescriptor field) {
        OneofDescriptor oneof = field.getRealContainingOneof();
        return (oneof == null ? "" : "oneof " + oneof.getName() + " ")
                + (field.isRepeated() ? "repeated " : field.hasPresence() ? "optional " : "")
                + typeOf(field)
                + " "
                + field.getName()
                + " = "
                + field.getNumber()
                + (field.isMapField() ? " (map)" : "")
                + " as \""
                + field.getJsonName()
                + "\"";
    }

    private static String typeOf(FieldDescriptor field) {
        return switch (field.getJavaType()) {
            case MESSAGE -> field.getMessageType().getFullName();
            case ENUM -> field.getEnumType().getFullName();
            case INT, LONG, FLOAT, DOUBLE, BOOLEAN, STRING, BYTE_STRING ->
                field.getType().name().toLowerCase(Locale.ROOT);
        };
    }

    private static String show(EnumValueDescriptor value) {
        return value.getName() + " = " + value.getNumber();
    }
}
