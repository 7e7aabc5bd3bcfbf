package dev.switchboard.webbuild;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import java.util.stream.Collectors;

/**
 * The frames as TypeScript: an interface for each message, a table that the codec reads, and an object for each enum. Made from
 * the compiled descriptors, so that page and server can't disagree. Knows the field types that the frames use, and refuses others
 * rather than guess.
 */
final class WireTables {
    private final FileDescriptor file;

    WireTables(FileDescriptor file) {
        this.file = file;
    }

    String typeScript() {
        StringBuilder out = new StringBuilder("// Made from " + file.getName() + " by the build. Don't edit.\n"
                + "import type { Table } from '@codec';\n\n");
        file.getEnumTypes().forEach(type -> out.append(constants(type)));
        file.getMessageTypes().forEach(type -> out.append(type(type)));
        // Functions, because messages refer to each other in any order.
        file.getMessageTypes().forEach(type -> out.append(table(type)));
        return out.toString();
    }

    private static String constants(EnumDescriptor type) {
        return type.getValues().stream()
                .map(value -> "  " + value.getName() + ": " + value.getNumber() + ",\n")
                .collect(Collectors.joining("", "export const " + type.getName() + " = {\n", "} as const;\n\n"));
    }

    private static String type(Descriptor message) {
        return message.getFields().stream()
                .map(field -> "  " + field.getJsonName() + (isOptional(field) ? "?: " : ": ") + typeOf(field) + ";\n")
                .collect(Collectors.joining("", "export interface " + message.getName() + " {\n", "}\n\n"));
    }

    private static boolean isOptional(FieldDescriptor field) {
        return field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !field.isRepeated();
    }

    private static String typeOf(FieldDescriptor field) {
        String one = switch (field.getJavaType()) {
            case INT, LONG, ENUM -> "number";
            case BOOLEAN -> "boolean";
            case STRING -> "string";
            case BYTE_STRING -> "Uint8Array";
            case MESSAGE -> field.getMessageType().getName();
            default -> throw unknown(field);
        };
        return field.isRepeated() ? one + "[]" : one;
    }

    private static String table(Descriptor message) {
        return message.getFields().stream()
                .map(WireTables::row)
                .collect(Collectors.joining(
                        "",
                        "export const " + message.getName() + "Table: Table<" + message.getName() + "> = {\n",
                        "};\n\n"));
    }

    private static String row(FieldDescriptor field) {
        String sub = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
                ? ", () => " + field.getMessageType().getName() + "Table"
                : "";
        return "  " + field.getNumber() + ": ['" + field.getJsonName() + "', '" + kind(field) + "', "
                + (field.isRepeated() ? 1 : 0) + sub + "],\n";
    }

    private static String kind(FieldDescriptor field) {
        return switch (field.getType()) {
            case UINT32, UINT64, ENUM -> "u";
            case BOOL -> "b";
            case STRING -> "s";
            case BYTES -> "B";
            case MESSAGE -> "m";
            case FIXED32 -> "f";
            case FIXED64 -> "F";
            default -> throw unknown(field);
        };
    }

    private static WebBuildFailedException unknown(FieldDescriptor field) {
        return new WebBuildFailedException(
                "the browser's codec doesn't know " + field.getType() + " of " + field.getFullName());
    }
}
