/** The frame of all pages. All addresses are relative, so that pages work behind a proxy below any path. */

import { html, type Html, type Part } from "./html.ts";

/** The browser runs and shows only what this program serves. Inline scripts and styles are refused, too. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

export interface DocumentParts {
  readonly title: string;
  /** Changes with the assets, so that a browser asks for new ones. */
  readonly assetVersion: string;
  /** What stays while the page refreshes itself. */
  readonly head: Part;
  /** What is replaced by a refresh. */
  readonly main: Part;
  /** Milliseconds until there is something new. */
  readonly refreshMs: number;
}

export function renderDocument({ title, assetVersion, head, main, refreshMs }: DocumentParts): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="./assets/icon.svg?v=${assetVersion}" type="image/svg+xml" />
        <link rel="stylesheet" href="./assets/page.css?v=${assetVersion}" />
        <script type="module" src="./assets/page.js?v=${assetVersion}"></script>
      </head>
      <body>
        <header>
          ${head}
          <p id="refresh" role="status"></p>
        </header>
        <main id="main" data-refresh-ms="${Math.round(refreshMs)}">${main}</main>
      </body>
    </html> `;
}
