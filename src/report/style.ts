/** Style of every page: colours as custom properties, for light and dark; a phone gets one column and larger labels. */
export const style = `
:root{color-scheme:light;--page:#f5f5f3;--card:#fdfdfc;--ink:#14140f;--soft:#55544f;--faint:#86857e;--line:#e3e2dc;
--accent:#2a6fd0;--accent-soft:#2a6fd01f;--warn:#b3480f;--warn-soft:#eb683424;--grid:#eceae4;
--c0:#2a78d6;--c1:#e0602a;--c2:#158f63;--c3:#b98100;--c4:#6a4fc4;--c5:#cf4d84;--cold:#2a6fd0;--hot:#cf3f2e;--zero:#f0efe9;--edge:#14140f3d}
:root[data-theme=dark]{color-scheme:dark;--page:#121211;--card:#1b1b19;--ink:#f4f3ee;--soft:#bab9b0;--faint:#85847c;
--line:#33322e;--accent:#6ea8f5;--accent-soft:#6ea8f526;--warn:#f0935f;--warn-soft:#f0935f29;--grid:#282724;
--c0:#5598ec;--c1:#ee7f4d;--c2:#35b586;--c3:#d6a02e;--c4:#9f8df0;--c5:#e278a4;--cold:#5598ec;--hot:#ef6a58;--zero:#2a2926;--edge:#000000a8}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:3.5rem}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main,.top>div{max-width:1160px;margin:0 auto;padding:0 20px}
.top{position:sticky;top:0;z-index:2;background:var(--page);border-bottom:1px solid var(--line)}
.top>div{display:flex;gap:16px;align-items:center;height:46px}
nav{display:flex;gap:16px;overflow-x:auto;flex:1;white-space:nowrap;scrollbar-width:none}
nav a{color:var(--soft);text-decoration:none;font-size:14px}
nav a:hover{color:var(--accent)}
header{padding:30px 0 6px}
h1{font-size:28px;line-height:1.2;letter-spacing:-.015em;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:19px;letter-spacing:-.01em;margin:0 0 2px}
h3{font-size:15px;margin:0 0 2px}
.card+h3,.table+h3{margin:20px 0 6px}
p{margin:0 0 12px}
.lead,.note{color:var(--soft);max-width:72ch}
.note{font-size:14px}
section{margin:30px 0}
.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:16px;align-items:start}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:16px 18px;min-width:0}
.card+.card:not(.columns>.card),.columns+.card{margin-top:16px}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(136px,1fr));gap:10px;margin:16px 0}
.tile{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:10px 14px}
.tile b{display:block;font-size:22px;font-weight:600;letter-spacing:-.01em;font-variant-numeric:tabular-nums}
.tile span{color:var(--soft);font-size:13px}
.notice{border-left:3px solid var(--warn);background:var(--warn-soft);padding:8px 14px;border-radius:0 8px 8px 0;margin:10px 0;font-size:14px}
button,input,select{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:7px;padding:4px 10px}
button{cursor:pointer}
button:hover{border-color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:1px}
.controls{display:flex;flex-wrap:wrap;gap:8px;align-items:center;margin:8px 0;font-size:14px}
.controls input{flex:1 1 180px;max-width:340px;min-width:0}
.chip{border-radius:99px;padding:2px 11px;font-size:13px}
.chip[aria-pressed=true]{background:var(--accent-soft);border-color:var(--accent)}
.chip i{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:6px}
.scroll{overflow-x:auto;margin:0 -18px;padding:0 18px;scrollbar-width:thin;
background:linear-gradient(90deg,var(--card) 30%,transparent) 0 0/40px 100% no-repeat local,linear-gradient(270deg,var(--card) 30%,transparent) 100% 0/40px 100% no-repeat local,
linear-gradient(90deg,var(--edge),transparent) 0 0/16px 100% no-repeat scroll,linear-gradient(270deg,var(--edge),transparent) 100% 0/16px 100% no-repeat scroll}
table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
th{text-align:left;font-weight:600;color:var(--soft);white-space:nowrap;padding:6px 10px;border-bottom:1px solid var(--line)}
th button{border:0;background:none;padding:0;color:inherit;font-weight:inherit}
th button:after{content:"";display:inline-block;width:1em}
th[aria-sort=ascending] button:after{content:"\\2191"/""}
th[aria-sort=descending] button:after{content:"\\2193"/""}
td{padding:5px 10px;border-bottom:1px solid var(--grid);vertical-align:top;overflow-wrap:anywhere;min-width:3.2em}
td.text{min-width:7em}td.long{min-width:20em}td.long div{max-width:34em}td.long div{display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical;overflow:hidden}
th:first-child,td:first-child{padding-left:2px}
.right{text-align:right;white-space:nowrap}
tbody tr[data-item]{cursor:pointer}
tbody tr:hover{background:var(--accent-soft)}
.plot{display:block;width:100%;max-width:540px;margin:0 auto;height:auto;overflow:visible}
.plot text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;fill:var(--ink)}
.plot .tick{fill:var(--faint)}
.plot .title,.plot .name{fill:var(--soft)}
.plot .halo{paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
.plot .grid{stroke:var(--grid)}
.plot .axis{stroke:var(--faint)}
.plot .rule{stroke:var(--faint);stroke-dasharray:3 3}
.curve{fill:none;stroke-width:2;stroke-linejoin:round}
.behind{fill:none;stroke:var(--faint);stroke-width:1;opacity:.22}
.s0{stroke:var(--c0)}.s1{stroke:var(--c1)}.s2{stroke:var(--c2)}.s3{stroke:var(--c3)}.s4{stroke:var(--c4)}.s5{stroke:var(--c5)}
.f0{fill:var(--c0)}.f1{fill:var(--c1)}.f2{fill:var(--c2)}.f3{fill:var(--c3)}.f4{fill:var(--c4)}.f5{fill:var(--c5)}
.interval{stroke-width:2;opacity:.45;stroke-linecap:round}
.band{fill:var(--c0);opacity:.16}
.legend{display:flex;flex-wrap:wrap;gap:4px 14px;color:var(--soft);font-size:13px;margin:4px 0 0}
.legend i{display:inline-block;width:14px;height:3px;border-radius:2px;margin-right:6px;vertical-align:middle}
.flag{display:inline-block;background:var(--warn-soft);color:var(--warn);border-radius:5px;padding:0 7px;margin:1px 4px 1px 0;font-size:13px;white-space:nowrap}
.board .rank{color:var(--faint);text-align:right;width:2.2em}
.board tbody th{color:var(--ink);white-space:normal;overflow-wrap:anywhere;min-width:15em;padding-left:10px}
.board td,.board tbody th{padding-top:7px;padding-bottom:7px;vertical-align:middle;border-bottom:1px solid var(--grid)}
.board .drawn{width:34%;min-width:150px}
.board .score{white-space:nowrap}.board .score b{display:inline-block;min-width:2.4em;font-size:15px}.board .score span{color:var(--soft);font-size:13px}
.track{position:relative;display:block;height:16px}
.track i{position:absolute;top:0;bottom:0}
.track .mark{border-left:1px solid var(--grid)}
.track.scale .mark{border:0;transform:translateX(-50%);font-style:normal;font-weight:400;font-size:12px;color:var(--faint)}
.track .range{top:5px;bottom:5px;border-radius:3px;background:var(--c0);opacity:.28}
.track .dot{top:3px;width:10px;height:10px;margin-left:-5px;border-radius:50%;background:var(--c0)}
footer{color:var(--faint);font-size:13px;padding:10px 0 40px}
@media(max-width:600px){
body{font-size:16px}
main,.top>div{padding:0 14px}
.card{padding:14px}.scroll{margin:0 -14px;padding:0 14px}
.tiles{grid-template-columns:repeat(2,1fr)}
.board,.board tbody{display:block}.board thead{display:none}
.board tr{display:grid;grid-template-columns:2em 1fr auto;gap:0 8px;padding:9px 0;border-bottom:1px solid var(--grid)}
.board td,.board tbody th{border:0;padding:1px 0;min-width:0}.board .rank{text-align:left;width:auto}
.board .drawn{grid-column:2/4;grid-row:2;width:auto;padding:4px 0}.board .score{grid-column:3;grid-row:1;text-align:right}.board .score span{display:block}
.board [data-label]{grid-row:3;text-align:left;color:var(--soft);font-size:13px;grid-column:2}
.board [data-label]:before{content:attr(data-label)" "}.board [data-label=answered]{display:none}.board [data-label^=P]{grid-column:3;text-align:right}
.plot text{font-size:15px}.plot .name{font-size:14.3px}
button,input{min-height:36px}.chip{min-height:32px}th button{min-height:0}
}
@media print{.top,.controls{display:none}body{background:#fff}.card{break-inside:avoid}}
`;
