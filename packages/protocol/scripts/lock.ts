/** Which numbers `godwit.proto` gives, read by protobufjs from its text, so that nothing of the generator is trusted. */
import protobuf from "protobufjs";

/** `Message.field` and `Enum.VALUE` with their numbers, and `Message.field type` so that a number keeps its meaning. */
export function protoNumbers(proto: string): Record<string, number> {
  const { root } = protobuf.parse(proto, { keepCase: true });
  const numbers: Record<string, number> = {};
  const walk = (namespace: protobuf.NamespaceBase): void => {
    for (const object of namespace.nestedArray) {
      if (object instanceof protobuf.Enum) {
        for (const [name, value] of Object.entries(object.values))
          numbers[`${object.name}.${name}`] = value;
      } else if (object instanceof protobuf.Type) {
        for (const field of object.fieldsArray)
          numbers[`${object.name}.${field.name}: ${fieldType(field)}`] = field.id;
      } else if (object instanceof protobuf.Namespace) {
        walk(object);
      }
    }
  };
  walk(root);
  return numbers;
}

function fieldType(field: protobuf.Field): string {
  if (field instanceof protobuf.MapField) return `map<${field.keyType}, ${field.type}>`;
  return field.repeated ? `repeated ${field.type}` : field.type;
}

/** What is locked and has another number now, or none. */
export function changedNumbers(
  locked: Readonly<Record<string, number>>,
  now: Readonly<Record<string, number>>,
): string[] {
  return Object.entries(locked)
    .filter(([name, number]) => now[name] !== number)
    .map(([name, number]) => `${name} = ${number} (now ${now[name] ?? "gone"})`);
}
