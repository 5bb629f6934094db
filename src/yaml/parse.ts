/**
 * Parses a text into a document of the package yaml. The package's composer calls itself for each level, so that ten thousand
 * brackets would overflow the stack. The step before, which finds the tokens, does not, so that the depth is bounded there.
 */
import { Composer, Lexer, LineCounter, Parser, YAMLParseError } from "yaml";
import type { CST, Document } from "yaml";

/** The most levels of nesting. No file that a person maintains has so many. */
export const mostLevels = 32;

/** The longest stack of the token parser: it holds the open levels, the document and the current scalar. */
const mostOpen = mostLevels + 4;

export interface ParsedText {
  /** Undefined if the text is nested too deep. */
  readonly document: Document.Parsed | undefined;
  /** The offset at which the text is too deep; undefined if it is not. */
  readonly tooDeepAt: number | undefined;
  readonly lines: LineCounter;
}

/** Parses the first document of `text`. All scalars are texts. A second document is an error in the first one's `errors`. */
export function parseText(text: string): ParsedText {
  const lines = new LineCounter();
  const { tokens, tooDeepAt } = findTokens(text, lines);
  if (tooDeepAt !== undefined) return { document: undefined, tooDeepAt, lines };
  // The composer's searches for duplicate keys and for anchors take quadratic time, so that yaml/source.ts does both.
  const composer = new Composer({ schema: "failsafe", prettyErrors: false, uniqueKeys: false });
  const [document, second] = composer.compose(tokens, true, text.length);
  if (document !== undefined && second !== undefined) {
    document.errors.push(new YAMLParseError([second.range[0], second.range[1]], "MULTIPLE_DOCS", "a second document"));
  }
  return { document, tooDeepAt, lines };
}

/** Finds the tokens as `Parser.parse` of the package does, and stops where the nesting is too deep. */
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
