package io.deploytail.v1;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.TextFormat;
import com.google.protobuf.TextFormat.ParseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Holds the API to what was released: a client built against any earlier version keeps working.
 *
 * <p>The released API is a file under {@code src/test/resources}, a {@code FileDescriptorSet} with
 * everything the API imports. At a release, record the API as it is then, and commit the file:
 *
 * <pre>mvn -pl proto test -Ddeploytail.recordApi=true</pre>
 *
 * The API is checked against the old file first, so that a break can't be recorded by mistake. A
 * break that is wanted, before the first release, say, takes deleting the old file first.
 */
class ProtoCompatibilityTest {
    private static final Path RELEASED =
            Path.of(System.getProperty("basedir", "."), "src/test/resources/deploy_service.v1.descriptor.binpb");

    /** A small API to break. Each test below changes one piece of this text. */
    private static final String TOY_API = """
            name: "toy.proto" package: "toy" syntax: "proto3"
            service {
              name: "Runner"
              method { name: "Run" input_type: ".toy.Job" output_type: ".toy.Job" server_streaming: true }
            }
            message_type {
              name: "Job"
              field { name: "title" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }
              field { name: "size" number: 2 label: LABEL_OPTIONAL type: TYPE_INT64 }
              field { name: "code" number: 3 label: LABEL_OPTIONAL type: TYPE_INT32 proto3_optional: true oneof_index: 1 }
              field { name: "path" number: 4 label: LABEL_OPTIONAL type: TYPE_STRING oneof_index: 0 }
              field { name: "state" number: 5 label: LABEL_OPTIONAL type: TYPE_ENUM type_name: ".toy.State" }
              field { name: "env" number: 6 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".toy.Job.EnvEntry" }
              nested_type {
                name: "EnvEntry" options { map_entry: true }
                field { name: "key" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }
                field { name: "value" number: 2 label: LABEL_OPTIONAL type: TYPE_BYTES }
              }
              oneof_decl { name: "source" }
              oneof_decl { name: "_code" }
              reserved_range { start: 9 end: 10 } reserved_name: "old"
            }
            message_type { name: "Note" }
            enum_type {
              name: "State"
              value { name: "STATE_UNSPECIFIED" number: 0 }
              value { name: "STATE_DONE" number: 1 }
              reserved_range { start: 7 end: 7 } reserved_name: "STATE_OLD"
            }
            """;

    @Test
    void clientsOfTheReleasedApiKeepWorking() throws Exception {
        FileDescriptor current = DeployServiceProto.getDescriptor();
        boolean recording = Boolean.getBoolean("deploytail.recordApi");

        if (!recording || Files.exists(RELEASED)) {
            assertThat(ApiBreaks.between(readReleased(current.getName()), current))
                    .isEmpty();
        }
        if (recording) {
            Files.write(RELEASED, withImports(current).toByteArray());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    name: "Runner" | name: "Runners" | toy.Runner is gone
                    name: "Run" | name: "Start" | toy.Runner.Run is gone
                    server_streaming: true | | toy.Runner.Run was
                    name: "Note" | name: "Memo" | toy.Note is gone
                    name: "title" number: 1 | name: "title" number: 8 | toy.Job.title is gone
                    name: "title" | name: "heading" | toy.Job.title was
                    type: TYPE_INT64 | type: TYPE_UINT64 | toy.Job.size was
                    proto3_optional: true oneof_index: 1 | | toy.Job.code was
                    type: TYPE_STRING oneof_index: 0 | type: TYPE_STRING | toy.Job.path was
                    name: "source" | name: "origin" | toy.Job.path was
                    type: TYPE_BYTES | type: TYPE_STRING | toy.Job.EnvEntry.value was
                    options { map_entry: true } | | toy.Job.env was
                    name: "size" | name: "size" json_name: "bytes" | toy.Job.size was
                    number: 5 label: LABEL_OPTIONAL | number: 5 label: LABEL_REPEATED | toy.Job.state was
                    name: "title" number: 1 | name: "title" number: 9 | toy.Job.title takes
                    reserved_range { start: 9 end: 10 } | | toy.Job no longer reserves 9
                    reserved_name: "old" | | toy.Job no longer reserves old
                    reserved_range { start: 7 end: 7 } | | toy.State no longer reserves 7
                    reserved_name: "STATE_OLD" | | toy.State no longer reserves STATE_OLD
                    name: "STATE_DONE" number: 1 | name: "STATE_DONE" number: 2 | toy.State.STATE_DONE is gone
                    name: "STATE_DONE" | name: "STATE_READY" | toy.State.STATE_DONE was
                    """)
    void everyBreakIsFound(String was, String is, String complaint) throws Exception {
        String broken = TOY_API.replace(was, is == null ? "" : is);

        assertThat(ApiBreaks.between(toy(TOY_API), toy(broken)))
                .anySatisfy(found -> assertThat(found).startsWith(complaint));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    enum_type {             | message_type { name: "New" } enum_type {
                    name: "STATE_DONE" number: 1 } | name: "STATE_DONE" number: 1 } value { name: "STATE_NEW" number: 2 }
                    oneof_decl { name: "source" } | oneof_decl { name: "source" } field { name: "new" number: 7 label: LABEL_OPTIONAL type: TYPE_BOOL }
                    value { name: "STATE_DONE" number: 1 } | reserved_range { start: 1 end: 1 } reserved_name: "STATE_DONE"
                    field { name: "size" number: 2 label: LABEL_OPTIONAL type: TYPE_INT64 } | reserved_range { start: 2 end: 3 } reserved_name: "size"
                    """)
    void additionsAndReservedRemovalsAreNoBreaks(String was, String is) throws Exception {
        String evolved = TOY_API.replace(was, is);

        assertThat(evolved).isNotEqualTo(TOY_API);
        assertThat(ApiBreaks.between(toy(TOY_API), toy(evolved))).isEmpty();
    }

    private static FileDescriptor toy(String text) throws ParseException, DescriptorValidationException {
        return FileDescriptor.buildFrom(TextFormat.parse(text, FileDescriptorProto.class), new FileDescriptor[0]);
    }

    private static FileDescriptor readReleased(String name) throws IOException, DescriptorValidationException {
        Map<String, FileDescriptor> files = new HashMap<>();
        for (FileDescriptorProto file :
                FileDescriptorSet.parseFrom(Files.readAllBytes(RELEASED)).getFileList()) {
            FileDescriptor[] imports =
                    file.getDependencyList().stream().map(files::get).toArray(FileDescriptor[]::new);
            files.put(file.getName(), FileDescriptor.buildFrom(file, imports));
        }
        return files.get(name);
    }

    private static FileDescriptorSet withImports(FileDescriptor file) {
        Set<FileDescriptor> files = new LinkedHashSet<>();
        addWithImports(file, files);
        FileDescriptorSet.Builder set = FileDescriptorSet.newBuilder();
        files.forEach(each -> set.addFile(each.toProto()));
        return set.build();
    }

    /** Imports come first, as readers of a set expect. */
    private static void addWithImports(FileDescriptor file, Set<FileDescriptor> files) {
        file.getDependencies().forEach(dependency -> addWithImports(dependency, files));
        files.add(file);
    }
}
