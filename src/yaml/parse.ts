/**
 * From text to the parser's document. What finds tokens keeps a stack of its own; what makes nodes of them calls itself for each
 * level, and ten thousand brackets take more stack than there is. So the depth is bounded where tokens are found.
 */
import { Composer, Lexer, LineCounter, Parser, YAMLParseError } from "yaml";
import type { CST, Document } from "yaml";

/** No file that a person maintains is nested so deep. */
export const mostLevels = 32;

/** The parser's stack holds each open level, the document and a scalar. */
const mostOpen = mostLevels + 4;

export interface ParsedText {
  /** Undefined where it is nested too deep. */
  readonly document: Document.Parsed | undefined;
  /** Offset of what is too deep. */
  readonly tooDeepAt: number | undefined;
  readonly lines: LineCounter;
}

/** Parses the first document of `text`, all scalars as texts. A second document is an error of the first. */
export function parseText(text: string): ParsedText {
  const lines = new LineCounter();
  const { tokens, tooDeepAt } = findTokens(text, lines);
  if (tooDeepAt !== undefined) return { document: undefined, tooDeepAt, lines };
  // The composer's own search for duplicate keys is quadratic in their number, and so is its search for anchors.
  const composer = new Composer({ schema: "failsafe", prettyErrors: false, uniqueKeys: false });
  const [document, second] = composer.compose(tokens, true, text.length);
  if (document !== undefined && second !== undefined) {
    document.errors.push(new YAMLParseError([second.range[0], second.range[1]], "MULTIPLE_DOCS", "a second document"));
  }
  return { document, tooDeepAt, lines };
}

/** As the parser's own `parse` does, but for the bound. */
function findTokens(text: string, lines: LineCounter): { readonly tokens: CST.Token[]; readonly tooDeepAt?: number } {
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > mostOpen) return { tokens, tooDeepAt: parser.offset };
  }
  tokens.push(...parser.end());
  return { tokens };
}
