/** For an answer in a browser: one column from 320 px on, both colour schemes, nothing loaded from elsewhere. */
export const answerStyle = `:root{color-scheme:light dark;--ink:#16202c;--soft:#516071;--page:#f3f5f8;--card:#fff;--line:#d5dce4;--accent:#0f5e9c;--bad:#a3211f}
@media (prefers-color-scheme:dark){:root{--ink:#e8edf3;--soft:#a9b5c3;--page:#10161d;--card:#19212b;--line:#313d4b;--accent:#7ab8ee;--bad:#ff9c97}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:62rem;padding:1rem;background:var(--page);color:var(--ink);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
header{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;align-items:baseline;margin-bottom:1rem}
header strong{font-size:1.05rem}
h1{font-size:1.2rem;line-height:1.3;margin:0 0 .8rem}
h2{font-size:1rem;margin:1.4rem 0 .4rem}
p{margin:.35rem 0}
a{color:var(--accent);text-underline-offset:.15em}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
article{background:var(--card);border:1px solid var(--line);border-left:4px solid var(--bad);border-radius:8px;padding:.7rem .9rem;margin:0 0 .8rem}
.cure::before{content:"\\2192\\00a0"}
.soft{color:var(--soft);font-size:.9rem}
pre{margin:0;padding:.9rem;background:var(--card);border:1px solid var(--line);border-radius:8px;font:.85rem/1.5 ui-monospace,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.4rem 1rem;margin:0}
dt{color:var(--soft)}
dd{margin:0}
@media (max-width:34rem){dl{display:block}dd{margin:0 0 .6rem}}
`;
