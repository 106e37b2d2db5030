import sax from "sax";

/** An element's attribute; "" where it has none of that name. */
export type Attribute = (key: string) => string;

interface Visitor {
  /** Each element by its path of names, `a/b/c`, in the file's order. */
  onElement(where: string, attribute: Attribute): void;
  /** Text by the path of the element that it stands in; a comment parts it in two. */
  onText?(where: string, content: string): void;
}

/** No file of Windows that is read here nests deeper than this by far. */
const DEEPEST = 64;

/**
 * Shows the elements of an XML file. Document types are refused, and with them entities of one's own.
 *
 * @param Refusal what is thrown, naming the line, where the file is cut off, damaged or none
 */
export function walkXml(text: string, Refusal: new (message: string) => Error, visitor: Visitor): void {
  const path: string[] = [];
  let hasRoot = false;
  const parser = sax.parser(true, { position: true });
  const refuse = (reason: string): never => {
    throw new Refusal(`line ${parser.line + 1}: ${reason}`);
  };
  // An error's first line says what; without its handler a file that ends too early would pass.
  const onerror = (error: Error) => refuse(error.message.split("\n", 1)[0] ?? "");
  const ontext = (content: string) => visitor.onText?.(path.join("/"), content);
  Object.assign(parser, { onerror, ontext });
  parser.ondoctype = () => refuse("a document type, which none of these files has");
  parser.onopentag = ({ name, attributes }) => {
    path.push(name);
    hasRoot = true;
    if (path.length > DEEPEST) refuse(`elements within ${DEEPEST} others`);
    visitor.onElement(path.join("/"), (key) => String(attributes[key] ?? ""));
  };
  parser.onclosetag = () => void path.pop();
  parser.write(text.replace(/^\uFEFF/, "")).close();
  if (!hasRoot) refuse("no element");
}
