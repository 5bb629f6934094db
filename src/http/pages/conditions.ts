/** The strip on top of a page: the exporter's state in words, and what to do. */

import type { Condition } from "../../live/status.ts";
import { html, type Html, type Part } from "./html.ts";

const marks = { bad: "\u2716", warning: "\u25b2", good: "\u2714" } as const;
const spoken = { bad: "Bad", warning: "Warning", good: "Good" } as const;

function renderCondition({ subject, text, remedy }: Condition): Html {
  const todo = remedy === undefined ? undefined : html` <span class="remedy">What to do: ${remedy}</span>`;
  return html`<b>${subject}</b> ${text}.${todo} `;
}

const renderItem = (level: Condition["level"], text: Part): Html =>
  html`<li class="${level}">
    <span class="mark" role="img" aria-label="${spoken[level]}">${marks[level]}</span> ${text}
  </li> `;

/** A line for each thing that is not well, and one for all that is. */
export function renderConditions(conditions: readonly Condition[]): Html {
  const good = conditions.filter(({ level }) => level === "good");
  const others = conditions.filter(({ level }) => level !== "good");
  return html`<ul class="conditions" aria-label="State of the exporter">
    ${others.map((condition) => renderItem(condition.level, renderCondition(condition)))}
    ${good.length > 0 && renderItem("good", good.map(renderCondition))}
  </ul>`;
}
