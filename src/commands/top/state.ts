/** What the keys of `top` do to what is shown. Pure. */

import { sortKeys, type SortKey } from "../../live/view.ts";
import type { Key } from "../../terminal/keys.ts";

export interface TopState {
  readonly sort: SortKey;
  /** Shows groups only whose name has this text. */
  readonly filter: string;
  /** Whether keys change the filter. */
  readonly typing: boolean;
  /** Whether the figures stand still. */
  readonly paused: boolean;
  readonly help: boolean;
  /** How many groups of the table are above the screen. */
  readonly offset: number;
}

/** What is to be done besides. */
export type TopAction = "quit" | "suspend" | "repaint";

export interface TopStep {
  readonly state: TopState;
  readonly action?: TopAction;
}

export const createTopState = (sort: SortKey): TopState => ({
  ...{ sort, filter: "", typing: false, paused: false, help: false, offset: 0 },
});

const longestFilter = 200;

/** The key that comes after another one by so many places, in a circle. */
function turnSort(sort: SortKey, places: number): SortKey {
  const index = (sortKeys.indexOf(sort) + places + sortKeys.length) % sortKeys.length;
  return sortKeys[index] as SortKey;
}

const isCharacter = (key: Key): boolean => /^.$/su.test(key);

function typeKey(state: TopState, key: Key): TopState {
  if (key === "enter") return { ...state, typing: false };
  if (key === "escape") return { ...state, typing: false, filter: "" };
  const { filter } = state;
  const typed = key === "backspace" ? filter.replace(/.$/su, "") : filter + (isCharacter(key) ? key : "");
  return { ...state, offset: 0, filter: typed.slice(0, longestFilter) };
}

const scrolled = (state: TopState, rows: number): TopState => ({ ...state, offset: Math.max(0, state.offset + rows) });
const sorted = (state: TopState, places: number): TopState => ({
  ...state,
  offset: 0,
  sort: turnSort(state.sort, places),
});

type Change = (state: TopState, page: number) => TopState;

const toggleHelp: Change = (state) => ({ ...state, help: !state.help });
const togglePause: Change = (state) => ({ ...state, paused: !state.paused });

const changes: Readonly<Record<Key, Change>> = {
  s: (state) => sorted(state, 1),
  S: (state) => sorted(state, -1),
  right: (state) => sorted(state, 1),
  left: (state) => sorted(state, -1),
  p: togglePause,
  " ": togglePause,
  h: toggleHelp,
  "?": toggleHelp,
  "/": (state) => ({ ...state, typing: true, help: false }),
  escape: (state) => (state.help ? { ...state, help: false } : { ...state, filter: "", offset: 0 }),
  up: (state) => scrolled(state, -1),
  down: (state) => scrolled(state, 1),
  "page-up": (state, page) => scrolled(state, -page),
  "page-down": (state, page) => scrolled(state, page),
  home: (state) => ({ ...state, offset: 0 }),
};

const actions: Readonly<Record<Key, TopAction>> = { "ctrl-c": "quit", "ctrl-z": "suspend", "ctrl-l": "repaint" };

/** @param page how many groups are on the screen */
export function pressKey(state: TopState, key: Key, page: number): TopStep {
  const action = Object.hasOwn(actions, key) ? actions[key] : undefined;
  if (action !== undefined) return { state, action };
  if (state.typing) return { state: typeKey(state, key) };
  if (key === "q" || key === "Q") return { state, action: "quit" };
  const change = Object.hasOwn(changes, key) ? changes[key] : undefined;
  return { state: change === undefined ? state : change(state, page) };
}
