/** A single column from 320 px on, both colour schemes, nothing loaded from elsewhere. */
export const pageStyle = `:root{color-scheme:light dark;--page:#f3f5f8;--card:#fff;--ink:#16202c;--soft:#516071;--line:#d5dce4;--accent:#0f5e9c;--on-accent:#fff;--accent-soft:#e8f1f9;--bad:#a3211f;--bad-soft:#fdeeee;--write:#8a4b00;--write-soft:#fff3df;--good:#1c6b3c;--good-soft:#e8f5ed;--field:#fff;--field-line:#8593a3;--shadow:0 1px 2px rgba(16,32,48,.06),0 8px 24px rgba(16,32,48,.06)}
@media (prefers-color-scheme:dark){:root{--page:#10161d;--card:#19212b;--ink:#e8edf3;--soft:#a9b5c3;--line:#313d4b;--accent:#7ab8ee;--on-accent:#0b1824;--accent-soft:#1d3146;--bad:#ff9c97;--bad-soft:#3a1f20;--write:#f5bf6b;--write-soft:#3a2d17;--good:#86d3a4;--good-soft:#1b3425;--field:#121921;--field-line:#74839a;--shadow:none}}
*,*::before,*::after{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;min-height:100vh;background:var(--page);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
.skip{position:absolute;left:1rem;top:-4rem;background:var(--card);padding:.5rem 1rem;border-radius:8px}
.skip:focus{top:1rem}
.frame{max-width:27rem;margin:0 auto;padding:1.5rem 1rem 2.5rem}
.frame.wide{max-width:40rem}
.brand{display:flex;align-items:center;gap:.6rem;margin:0 0 1.1rem;color:var(--soft);font-size:.9rem}
.brand svg{width:1.75rem;height:1.75rem;flex:none}
.brand img{height:2.25rem;max-width:10rem;object-fit:contain;flex:none}
.brand strong{color:var(--ink);display:block;line-height:1.2}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;box-shadow:var(--shadow);padding:1.35rem 1.25rem}
h1{font-size:1.4rem;line-height:1.25;margin:0 0 .5rem;letter-spacing:-.01em}
h2{font-size:1.05rem;line-height:1.3;margin:1.75rem 0 .5rem}
h3{font-size:1rem;margin:0}
p{margin:.5rem 0}
.lead{color:var(--soft);margin:0 0 1.25rem}
.lead strong{color:var(--ink)}
.soft{color:var(--soft);font-size:.9rem}
a{color:var(--accent);text-underline-offset:.15em}
label,legend{font-weight:600}
.field{margin:0 0 1rem}
.field label{display:block;margin-bottom:.3rem}
.hint{display:block;color:var(--soft);font-size:.875rem;font-weight:400;margin:.15rem 0 .3rem}
input[type=text],input[type=password],input[type=date],input[type=search]{width:100%;min-height:2.9rem;padding:.55rem .75rem;font:inherit;color:inherit;background:var(--field);border:1px solid var(--field-line);border-radius:8px}
input[aria-invalid=true]{border-color:var(--bad);border-width:2px}
.code{font-variant-numeric:tabular-nums;letter-spacing:.08em}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
button,.button{display:inline-block;min-height:2.9rem;padding:.55rem 1.15rem;font:inherit;font-weight:600;line-height:1.7;text-align:center;text-decoration:none;border-radius:8px;border:1px solid var(--accent);background:var(--accent);color:var(--on-accent);cursor:pointer}
button:hover,.button:hover{filter:brightness(1.08)}
button.second{background:transparent;color:var(--accent)}
button.second:hover{background:var(--accent-soft)}
button.danger{background:transparent;color:var(--bad);border-color:var(--bad)}
button.danger:hover{background:var(--bad-soft)}
button.link{min-height:0;padding:.25rem 0;border:0;background:none;color:var(--accent);font-weight:400;text-decoration:underline;text-underline-offset:.15em}
.wide-button{width:100%}
.actions{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1.25rem}
.actions>*{flex:1 1 10rem}
.or{display:flex;align-items:center;gap:.75rem;color:var(--soft);font-size:.875rem;margin:1.25rem 0}
.or::before,.or::after{content:"";flex:1;border-top:1px solid var(--line)}
.stack>*+*{margin-top:.6rem}
.notice{border-left:4px solid var(--accent);background:var(--accent-soft);border-radius:8px;padding:.75rem .9rem;margin:0 0 1.25rem}
.notice p:first-child,.notice h2:first-child{margin-top:0}
.notice p:last-child,.notice ul:last-child{margin-bottom:0}
.notice h2{font-size:1rem;margin:0 0 .25rem}
.notice ul{margin:.25rem 0;padding-left:1.1rem}
.notice.bad{border-color:var(--bad);background:var(--bad-soft)}
.notice.good{border-color:var(--good);background:var(--good-soft)}
.notice.write{border-color:var(--write);background:var(--write-soft)}
.list{list-style:none;margin:0;padding:0}
.choice{display:flex;justify-content:space-between;align-items:center;gap:1rem;width:100%;text-align:left;background:var(--card);color:var(--ink);border:1px solid var(--line);font-weight:400;padding:.7rem .9rem;line-height:1.4}
.choice:hover{border-color:var(--accent);background:var(--accent-soft);filter:none}
.choice strong{display:block}
.choice .facts{color:var(--soft);font-size:.9rem}
.choice .go{color:var(--accent);font-size:1.5rem;line-height:1;flex:none}
.choice .facts>*{display:inline-block;margin-right:.9rem}
.list li+li{margin-top:.5rem}
/* Nothing of what a box covers is shared without it. */
.boxed:has(>.whole input:not(:checked))>.rest{display:none}
.boxed.group{padding:.5rem .9rem}
.boxed.group>.rest{margin-left:2.05rem}
.part.group{margin-top:.5rem;padding:.75rem .9rem}
.part.group>.rest{margin-left:0}
fieldset{border:0;margin:0;padding:0;min-width:0}
.group{border:1px solid var(--line);border-radius:10px;margin-top:.9rem;padding:.15rem .9rem .35rem}
.group>legend{padding:0 .35rem;margin-left:-.35rem;font-size:.95rem}
.entry{padding:.7rem 0}
.entry+.entry{border-top:1px solid var(--line)}
.tick{display:flex;gap:.7rem;align-items:flex-start;padding:.2rem 0;cursor:pointer;font-weight:400}
.tick input{flex:none;width:1.35rem;height:1.35rem;margin:.1rem 0 0;accent-color:var(--accent)}
.tick .what{display:block}
.tick strong{font-weight:600}
.tick .more{display:block;color:var(--soft);font-size:.9rem}
.tick.sub{margin-left:2.05rem}
.badge{display:inline-block;border-radius:999px;padding:0 .55rem;font-size:.78rem;font-weight:600;line-height:1.55;background:var(--accent-soft);color:var(--accent);vertical-align:.05em}
.badge.write{background:var(--write-soft);color:var(--write);box-shadow:inset 0 0 0 1px}
.badge.good{background:var(--good-soft);color:var(--good)}
details{margin:.35rem 0}
details.sub{margin-left:2.05rem}
summary{cursor:pointer;color:var(--accent);padding:.25rem 0}
details.group{padding:0 .9rem}
details.group>summary{display:flex;gap:.6rem;align-items:baseline;padding:.8rem 0;list-style:none;color:var(--ink)}
details.group>summary::-webkit-details-marker{display:none}
details.group>summary::before{content:"";flex:none;width:.5rem;height:.5rem;border:solid var(--accent);border-width:0 2px 2px 0;transform:rotate(-45deg) translate(-.1rem,-.1rem)}
details.group[open]>summary::before{transform:rotate(45deg) translate(-.1rem,-.1rem)}
details.group>summary .soft{margin-left:auto;white-space:nowrap}
details.group[open]>summary{border-bottom:1px solid var(--line)}
.facts-list{display:grid;grid-template-columns:minmax(6rem,auto) 1fr;gap:.3rem 1rem;margin:.75rem 0}
.facts-list dt{color:var(--soft)}
.facts-list dd{margin:0}
.app{border:1px solid var(--line);border-radius:10px;padding:.9rem;margin-top:.9rem}
.app h2{margin:0 0 .35rem}
.app ul{margin:.75rem 0}
.app ol{padding-left:1.2rem}
.account{margin:-.25rem 0 1.25rem;padding-bottom:.75rem;border-bottom:1px solid var(--line)}
.account [aria-current]{color:var(--ink);font-weight:600;text-decoration:none}
.search{display:grid;gap:0 1rem;padding-bottom:1.25rem;border-bottom:1px solid var(--line)}
.search .field{min-width:0}
.codes{list-style:none;padding:0;margin:1rem 0;display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:.4rem;font-family:ui-monospace,Menlo,Consolas,monospace}
.qr{background:#fff;border-radius:10px;padding:.5rem;width:13rem;max-width:100%;display:block;margin:1rem auto;border:1px solid var(--line)}
.qr path{fill:#000}
.secret{font-family:ui-monospace,Menlo,Consolas,monospace;letter-spacing:.04em}
.foot{margin-top:1.25rem;color:var(--soft);font-size:.85rem}
.foot form{display:inline}
.row{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:center;gap:.5rem 1rem}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
[hidden]{display:none}
@media (min-width:36rem){.frame{padding-top:3.5rem}.card{padding:2rem}.search{grid-template-columns:1fr 1fr}.search .whole{grid-column:1/-1}.search button{justify-self:start;padding-inline:2rem}}
@media (prefers-reduced-motion:no-preference){button,.button,.choice{transition:background-color .12s,border-color .12s}}
@media (forced-colors:active){.card,.group,.choice,button{border:1px solid}}
`;
