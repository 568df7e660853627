/** A single column that fits a telephone, both colour schemes, nothing loaded from elsewhere. */
export const pageStyle = `:root{color-scheme:light dark;--page:#fff;--ink:#16202c;--soft:#516071;--line:#8593a3;--accent:#0f5e9c;--field:#fff}
@media (prefers-color-scheme:dark){:root{--page:#10161d;--ink:#e8edf3;--soft:#a9b5c3;--line:#74839a;--accent:#7ab8ee;--field:#19212b}}
html{background:var(--page);color:var(--ink)}
body{margin:0 auto;max-width:46rem;padding:1rem;background:var(--page);font:1rem/1.55 system-ui,sans-serif;overflow-wrap:anywhere}
a{color:var(--accent);text-underline-offset:.15em}
h1{font-size:1.5rem;line-height:1.2}
h2{font-size:1.2rem;margin-top:2.2rem;border-bottom:1px solid;padding-bottom:.2rem}
h3{font-size:1rem;margin:1.6rem 0 .3rem}
p{margin:.4rem 0}
ul,ol{margin:.4rem 0;padding-left:1.3rem}
li{margin:.2rem 0}
body>nav{font-size:.9rem}
form{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin:1.5rem 0}
form label{flex-basis:100%;font-weight:600}
input,button{font:inherit;color:inherit;background:var(--field);border:1px solid var(--line);border-radius:6px;padding:.45rem .7rem}
input{flex:1 1 12rem;min-width:0}
button{cursor:pointer}
:focus-visible{outline:3px solid;outline-offset:2px}
li:target{outline:3px solid;outline-offset:.4rem}
.codes .cure{display:none}
.codes li:target .cure{display:block}
.codes code{color:var(--soft);overflow-wrap:anywhere}
section>h3{margin-top:1.8rem}
pre{overflow-x:auto;padding:.8rem;border:1px solid;border-radius:6px;font-size:.875rem;overflow-wrap:normal}
code{font-size:.9em}
.wide{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;overflow-wrap:normal;font-size:.925rem}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid var(--line)}
svg{display:block;width:100%;max-width:29rem;margin:1rem auto;font-size:15px}
svg rect{fill:none;stroke:currentColor}
svg rect.group{stroke-dasharray:4 4;stroke-opacity:.55}
svg rect.done{stroke-width:3}
svg path{fill:none;stroke:currentColor}
svg text{fill:currentColor}
svg .label{font-size:13px;font-style:italic}
svg .no{font-weight:bold}
.codes{list-style:none;padding:0}
.codes>li{margin:.55rem 0}
.status{font-weight:normal}
.cure::before{content:"\\2192\\00a0"}
`;

/** For the picture alone, where no page gives it its colours. */
export const pictureStyle = `svg{color:#1b1b1b;background:#fff;font:15px system-ui,sans-serif}
@media(prefers-color-scheme:dark){svg{color:#eee;background:#161616}}
rect,path{fill:none;stroke:currentColor}
rect.group{stroke-dasharray:4 4;stroke-opacity:.55}
rect.done{stroke-width:3}
text{fill:currentColor}
.label{font-size:13px;font-style:italic}
.no{font-weight:bold}
`;
