/** `top` on a screen: shows each view as it comes, and does what the keys say, until the end. */

import type { LiveView, SortKey } from "../../live/view.ts";
import type { ColourDepth } from "../../terminal/rgb.ts";
import type { Key } from "../../terminal/keys.ts";
import { renderScreen } from "./screen.ts";
import type { ViewSource } from "./source.ts";
import { createTopState, pressKey } from "./state.ts";
import type { Terminal, TerminalListeners } from "./terminal.ts";

export interface ShowOptions {
  readonly source: ViewSource;
  readonly sort: SortKey;
  readonly colour: boolean;
  readonly depth: ColourDepth;
  readonly open: (listeners: TerminalListeners) => Terminal;
}

/**
 * Shows until a key or a signal asks for the end. The terminal is taken when the first view is there, so that an error before it leaves
 * the terminal as it is.
 *
 * @throws ExporterError what the source throws
 */
export async function showTop({ source, sort, open, ...look }: ShowOptions): Promise<void> {
  let latest: LiveView = await source.next();
  let shown = latest;
  let state = createTopState(sort);
  let page = 1;
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));

  function repaint(): void {
    const { origin } = source;
    const { lines, offset, ...screen } = renderScreen(shown, state, { ...look, ...terminal.size, origin });
    state = { ...state, offset };
    page = screen.page;
    terminal.paint(lines);
  }

  function onKey(key: Key): void {
    const step = pressKey(state, key, page);
    state = step.state;
    if (!state.paused) shown = latest;
    if (step.action === "quit") end();
    else if (step.action === "suspend") terminal.suspend();
    else repaint();
  }

  async function follow(): Promise<void> {
    for (;;) {
      latest = await source.next();
      if (state.paused) continue;
      shown = latest;
      repaint();
    }
  }

  const terminal = open({ onKey, onRepaint: () => repaint(), onEnd: () => end() });
  try {
    repaint();
    await Promise.race([ended, follow()]);
  } finally {
    await terminal.close();
  }
}
