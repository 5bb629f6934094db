/** Colours of the web on a terminal: as they are, or the nearest of 256. Source: XTerm Control Sequences (ctlseqs), SGR. Pure. */

/** How many bits of colour a terminal knows: 24, 8 (256 colours), or 0 where it is not known to have as many. */
export type ColourDepth = 0 | 8 | 24;

/** @param env TERM and COLORTERM say what the terminal can do */
export function colourDepthOf({
  TERM = "",
  COLORTERM = "",
}: Readonly<Record<string, string | undefined>>): ColourDepth {
  if (/^(?:truecolor|24bit)$/i.test(COLORTERM) || /direct/.test(TERM)) return 24;
  return /256color|kitty|alacritty|ghostty/.test(TERM) ? 8 : 0;
}

type Rgb = readonly [red: number, green: number, blue: number];

/** @param hex such as `#2f9e6e` */
function parseHex(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 0xff, value & 0xff];
}

/** The cube of 216 colours begins at number 16; its channels have these values. */
const levels = [0, 95, 135, 175, 215, 255] as const;

const palette: readonly (readonly [number: number, rgb: Rgb])[] = [
  ...levels.flatMap((red, r) =>
    levels.flatMap((green, g) => levels.map((blue, b) => [16 + 36 * r + 6 * g + b, [red, green, blue]] as const)),
  ),
  // The ramp of 24 greys.
  ...Array.from({ length: 24 }, (_, step) => {
    const grey = 8 + 10 * step;
    return [232 + step, [grey, grey, grey]] as const;
  }),
];

/** The number of the nearest of 256 colours. The first 16 are left out, since users choose them. */
export function nearestOf256(hex: string): number {
  const wanted = parseHex(hex);
  const distance = (rgb: Rgb): number =>
    rgb.reduce((sum, value, index) => sum + (value - (wanted[index] as number)) ** 2, 0);
  return palette.reduce((best, next) => (distance(next[1]) < distance(best[1]) ? next : best))[0];
}

/** Paints the ground of a text. With depth 0 the text stays as it is. */
export function paintGround(text: string, hex: string, depth: ColourDepth): string {
  if (depth === 0 || text === "") return text;
  const colour = depth === 24 ? `2;${parseHex(hex).join(";")}` : `5;${nearestOf256(hex)}`;
  return `\u001b[48;${colour}m${text}\u001b[49m`;
}
