/** A single column that fits a telephone, both colour schemes, nothing loaded from elsewhere. */
export const pageStyle = `:root{color-scheme:light dark}
body{margin:0 auto;max-width:46rem;padding:1rem;font:1rem/1.55 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.2}
h2{font-size:1.2rem;margin-top:2.2rem;border-bottom:1px solid;padding-bottom:.2rem}
h3{font-size:1rem;margin:1.6rem 0 .3rem}
p{margin:.4rem 0}
ul{margin:.4rem 0;padding-left:1.3rem}
li{margin:.2rem 0}
article:target{outline:3px solid;outline-offset:.5rem}
pre{overflow-x:auto;padding:.8rem;border:1px solid;border-radius:6px;font-size:.875rem;overflow-wrap:normal}
code{font-size:.9em}
svg{display:block;width:100%;max-width:29rem;margin:1rem auto;font-size:15px}
svg rect{fill:none;stroke:currentColor}
svg rect.group{stroke-dasharray:4 4;stroke-opacity:.55}
svg rect.done{stroke-width:3}
svg path{fill:none;stroke:currentColor}
svg text{fill:currentColor}
svg .label{font-size:13px;font-style:italic}
svg .no{font-weight:bold}
.codes{columns:15rem;padding-left:1.2rem}
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
