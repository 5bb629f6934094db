/** The strip on top of a page: the exporter's state in words, and what to do. */

import type { Condition } from "../../live/status.ts";
import { html, type Html } from "./html.ts";

const marks = { bad: "\u2716", warning: "\u25b2", good: "\u2714" } as const;
const spoken = { bad: "Bad", warning: "Warning", good: "Good" } as const;

function renderCondition({ level, subject, text, remedy }: Condition): Html {
  const todo = remedy === undefined ? undefined : html` <span class="remedy">What to do: ${remedy}</span>`;
  return html`<li class="${level}">
    <span class="mark" role="img" aria-label="${spoken[level]}">${marks[level]}</span> <b>${subject}</b> ${text}.${todo}
  </li> `;
}

/** What is not well first. */
export function renderConditions(conditions: readonly Condition[]): Html {
  return html`<ul class="conditions" aria-label="State of the exporter">
    ${conditions.map(renderCondition)}
  </ul>`;
}
