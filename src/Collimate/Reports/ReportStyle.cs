namespace Collimate.Reports;

/// <summary>How reports look: colours for light and dark, type, and the few shapes that the parts are made of.</summary>
/// <remarks>Right and wrong differ in mark, border and weight as well as in colour; blue-green and orange stay apart for colour-blind eyes.</remarks>
internal static class ReportStyle
{
    /// <summary>The style element of a page.</summary>
    internal static HtmlFragment Element { get; } = HtmlFragment.Of($"<style>{HtmlFragment.Raw(Colours + Page + Tables + Figures + Comparisons)}</style>");

    /// <summary>Rays that a lens brings into one line: what collimating means.</summary>
    internal static HtmlFragment Beams { get; } = HtmlFragment.Of($"""
        <svg class="beams" viewBox="0 0 320 160" aria-hidden="true">
        <g>{HtmlFragment.Join(Enumerable.Range(-3, 7).Select(ray => HtmlFragment.Of(
            $"""<path class="ray r{Math.Abs(ray)}" d="M10 80L150 {80 + (ray * 19)}H318"/>""")))}</g>
        <path class="lens" d="M150 8C168 48 168 112 150 152C132 112 132 48 150 8Z"/>
        <circle class="source" cx="10" cy="80" r="5"/>
        </svg>
        """);

    private const string Colours = """

        :root{--paper:#fbfaf6;--card:#fff;--ink:#1d2129;--soft:#5a6270;--line:#e3e0d6;--accent:#2f4bb5;--accent-soft:#dfe4f8;
        --good:#0a6b63;--good-soft:#cdeae4;--bad:#a63c06;--bad-soft:#fbe0cd;--plain:#b9bdc6;
        --veil:80%;--tint:84%;--s0:#2f4bb5;--s1:#b4530a;--s2:#0a6b63;--s3:#8a2d7a;
        --s4:#7a6000;--s5:#c2185b;--s6:#37618e;--s7:#4d7c0f}
        @media (prefers-color-scheme:dark){:root{--paper:#12151c;--card:#1a1e28;--ink:#e8eaf0;--soft:#a3abbb;--line:#2d3341;--accent:#9db1ff;--accent-soft:#2a3560;
        --good:#6fdcc8;--good-soft:#12453f;--bad:#ffb07a;--bad-soft:#55290f;--plain:#596071;
        --veil:91%;--tint:91%;--s0:#9db1ff;--s1:#ffb07a;--s2:#6fdcc8;--s3:#ee9ddd;
        --s4:#e6cf63;--s5:#ff8fb4;--s6:#8fc4f5;--s7:#b5dd6f}}
        """;

    private const string Page = """

        *{box-sizing:border-box}
        html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
        @media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
        body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
        .head,main,footer,nav ul{max-width:68rem;margin:0 auto;padding:0 1.25rem}
        .head{position:relative;padding-top:2.6rem;padding-bottom:1.4rem;overflow:hidden}
        .beams{position:absolute;right:1.25rem;top:1.6rem;width:min(20rem,40vw);opacity:.9}
        .ray{fill:none;stroke:var(--accent);stroke-width:1.6;opacity:.75}.ray.r1{opacity:.6}.ray.r2{opacity:.42}.ray.r3{opacity:.25}
        .lens{fill:var(--accent-soft);stroke:var(--accent);stroke-width:1.2;fill-opacity:.75}.source{fill:var(--s1)}
        .kicker{margin:0;color:var(--accent);font-weight:600;letter-spacing:.06em;text-transform:uppercase;font-size:.8rem}
        h1{font-size:clamp(1.8rem,5vw,2.8rem);line-height:1.12;margin:.2em 0 .35em;letter-spacing:-.015em;max-width:min(20ch,58vw);text-wrap:balance}
        h2{font-size:clamp(1.3rem,3.2vw,1.7rem);line-height:1.2;margin:0 0 .3em;letter-spacing:-.01em}
        h3{font-size:1.05rem;margin:1.8rem 0 .4rem}
        p{margin:0 0 .9em}.summary{font-size:1.12rem;max-width:44rem;position:relative}.lead{color:var(--soft);max-width:46rem}.note{color:var(--soft)}
        section{padding:2.4rem 0 1.2rem;scroll-margin-top:2.5rem}section+section{border-top:1px solid var(--line)}
        nav{position:sticky;top:0;z-index:2;background:var(--paper);border-block:1px solid var(--line)}
        nav ul{display:flex;gap:1.3rem;list-style:none;overflow-x:auto;padding-block:.55rem;font-size:.9rem;white-space:nowrap}
        a{color:var(--accent)}nav a{text-decoration:none}nav a:hover{text-decoration:underline}
        :focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
        .headlines{display:grid;grid-template-columns:repeat(auto-fit,minmax(11.5rem,1fr));gap:.8rem;margin:1.5rem 0 1.1rem;position:relative}
        .headlines>div{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:.85rem 1rem;display:flex;flex-direction:column}
        .headlines dt{order:1;font-size:.95rem}.headlines dd{display:contents}.headlines .number{font-size:2.1rem;font-weight:700;line-height:1.15;letter-spacing:-.02em;color:var(--accent)}
        .headlines .note{order:2;font-size:.83rem}
        .facts{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:.15rem 1.2rem;color:var(--soft);font-size:.85rem}
        code,pre{font:.88em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
        pre{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.9rem 1rem;overflow-x:auto;margin:.6rem 0}
        details{margin:.4rem 0 1rem}summary{cursor:pointer;font-weight:600}
        .unseen{position:absolute!important;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
        .skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;z-index:3;background:var(--card);padding:.4rem .8rem}
        footer{color:var(--soft);font-size:.85rem;padding-block:1.6rem 2.6rem}
        @media (max-width:34rem){.beams{opacity:.28;width:52vw;right:-4vw}.answers{font-size:.86rem}.answers tbody th{min-width:7rem}h1{max-width:none}.headlines{grid-template-columns:1fr 1fr}.headlines .number{font-size:1.4rem}}
        @media print{nav{display:none}section{break-inside:avoid-page}}
        """;

    private const string Tables = """

        .scroll{overflow-x:auto;position:relative}
        table{border-collapse:collapse;font-variant-numeric:tabular-nums}
        caption{text-align:left;max-width:calc(100vw - 2.5rem);color:var(--soft);font-size:.9rem;padding:.2rem 0 .45rem}
        th,td{text-align:left;padding:.36rem .7rem .36rem 0;vertical-align:top}
        thead th{font-size:.82rem;font-weight:600;color:var(--soft);border-bottom:1px solid var(--line);vertical-align:bottom}
        tbody th{font-weight:500}
        .bars{width:100%;min-width:38rem}.bars tbody tr{border-bottom:1px solid var(--line)}
        .bars tbody th{width:26%;min-width:9.5rem}.example{display:block;color:var(--soft);font-size:.8rem;font-weight:400}
        .bars .first{width:27%}.bars .value{display:inline-block;min-width:3.1em;font-size:.9rem}.bars .first .value{font-weight:700;font-size:1rem}
        .bar{display:block;position:relative;height:5px;border-radius:3px;background:color-mix(in srgb,var(--plain) 28%,transparent);margin-top:.2rem}
        .bar i{position:absolute;inset:0 auto 0 0;border-radius:3px;background:var(--plain)}
        .first .bar{height:10px;border-radius:5px}.first .bar i{background:var(--accent);border-radius:5px}
        .bar .mark,.first .bar .mark{width:2.5px;inset-block:-4px;margin-left:-1px;background:var(--ink);border-radius:1px}
        .count{color:var(--soft);font-size:.85rem;text-align:right;padding-right:.2rem}
        .total th,.total td{border-top:2px solid var(--ink);font-weight:700}.bars tbody tr.total{border-bottom:0}
        .numbers th,.numbers td{padding:.3rem 1.1rem .3rem 0;white-space:nowrap}.numbers tbody tr+tr{border-top:1px solid var(--line)}
        .answers{width:100%;font-size:.93rem}.answers tbody tr+tr{border-top:1px solid var(--line)}
        .answers tbody th{font-weight:400;min-width:9rem}.answers td.right{color:var(--good);font-weight:650}.answers td.wrong{color:var(--bad)}
        .answers td.right,.answers td.wrong{position:relative;padding-left:1.25em;overflow-wrap:break-word;max-width:16rem}.answers thead th:not(:first-child):not(:last-child){padding-left:1.3em}.sign{position:absolute;left:0;font-weight:700}.truth{color:var(--soft)}
        """;

    private const string Figures = """

        figure{margin:0}.card figure,.map figure{max-width:290px}figcaption{font-size:.85rem;color:var(--soft);padding-top:.35rem}
        .pixels{image-rendering:crisp-edges;image-rendering:pixelated;border-radius:8px;max-width:100%;height:auto;display:block;border:1px solid var(--line)}
        .gallery{display:grid;gap:1rem;grid-template-columns:1fr}
        .card,.map{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1rem;display:grid;grid-template-columns:auto minmax(0,1fr);gap:1.3rem;margin:0 0 1rem;align-items:start}
        .gallery .card{margin:0}
        @media (max-width:46rem){.card,.map{grid-template-columns:minmax(0,1fr)}.card img,.map img{width:192px}}
        .tag{border:1px solid var(--line);border-radius:99px;padding:.05rem .55rem;white-space:nowrap}
        .legend{list-style:none;display:flex;flex-wrap:wrap;gap:.3rem 1.5rem;margin:0 0 .7rem;padding:0;font-size:.9rem}
        .legend li{display:flex;align-items:center;gap:.5rem}.key{width:28px;height:8px}
        .chart{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1rem}
        .chart figcaption{font-weight:600;color:var(--ink);font-size:1rem;padding:0 0 .4rem}.chart>svg{width:100%;height:auto;display:block}
        .axis text{font-size:12px;fill:var(--soft)}.axis .name{font-weight:600}.grid{stroke:var(--line);fill:none}.tick{stroke:var(--soft)}
        .line{fill:none;stroke-width:2.4;stroke-linejoin:round;stroke-linecap:round}.raw{fill:none;stroke-width:1;opacity:.28}
        .s0{stroke:var(--s0)}.s1{stroke:var(--s1)}.line.s1{stroke-dasharray:8 4}.s2{stroke:var(--s2)}.line.s2{stroke-dasharray:2 5}.s3{stroke:var(--s3)}.line.s3{stroke-dasharray:12 4 2 4}
        .s4{stroke:var(--s4)}.line.s4{stroke-dasharray:16 5}.s5{stroke:var(--s5)}.line.s5{stroke-dasharray:5 3}.s6{stroke:var(--s6)}.line.s6{stroke-dasharray:10 3 2 3 2 3}.s7{stroke:var(--s7)}.line.s7{stroke-dasharray:1 4}
        .h0{fill:var(--good)}.h1{fill:var(--bad)}.h2{fill:var(--plain)}.chart+.chart,.chart+details{margin-top:1rem}
        .probe{fill:transparent;stroke:none}.probe:hover{fill:var(--ink);fill-opacity:.35}
        .words{--cell:clamp(46px,calc(620px/var(--columns)),70px);table-layout:fixed;width:calc(var(--cell)*var(--columns));border-collapse:separate;border-spacing:0}
        .words th{padding:0;border:0;line-height:0;font-size:0;width:0}.words col+col{width:var(--cell)}.words col:first-child{width:0}
        .words tbody{background-size:100% 100%;image-rendering:pixelated}
        .patch{position:relative;width:var(--cell);min-width:var(--cell);height:var(--cell);padding:0;text-align:center;vertical-align:middle;overflow:hidden;white-space:nowrap;line-height:1;
        font-size:clamp(6px,calc(var(--cell)*1.42/var(--n,6)),13px);border:1.5px solid transparent;background-clip:padding-box}
        .patch.right{background:color-mix(in srgb,var(--good-soft) var(--tint),transparent);color:var(--good);border-color:var(--good);font-weight:700}
        .patch.wrong{background:repeating-linear-gradient(135deg,color-mix(in srgb,var(--bad-soft) var(--tint),transparent) 0 5px,color-mix(in srgb,var(--bad-soft) calc(var(--tint) - 14%),transparent) 5px 8px);color:var(--bad);border:1.5px dashed var(--bad);font-style:italic}
        .patch.told{background:color-mix(in srgb,var(--card) 72%,transparent);border-color:color-mix(in srgb,var(--line) 60%,transparent);font-weight:600}
        .patch.ground{background:color-mix(in srgb,var(--card) var(--veil),transparent);color:var(--soft);font-size:clamp(6px,calc(var(--cell)*1.3/var(--n,6)),11px)}
        .legend .patch{--n:6;display:inline-flex;align-items:center;justify-content:center;width:46px;height:26px;border-radius:4px;font-size:12px}.legend .patch.ground{border:1.5px solid var(--line)}
        @media (max-width:46rem){.words{--cell:clamp(40px,calc(84vw/var(--columns)),64px)}}

        """;

    private const string Comparisons = """

        .axes{display:none;margin:.1rem 0 0;font-size:.85rem;color:var(--soft)}.band{stroke:none;opacity:.14}.band.s0{fill:var(--s0)}.band.s1{fill:var(--s1)}.band.s2{fill:var(--s2)}.band.s3{fill:var(--s3)}.band.s4{fill:var(--s4)}.band.s5{fill:var(--s5)}.band.s6{fill:var(--s6)}.band.s7{fill:var(--s7)}
        .dot{stroke:var(--card);stroke-width:1.5}.dot.one{opacity:.55;stroke-width:.8}.thread{stroke-width:1;opacity:.35}
        .dot.s0,i.s0{fill:var(--s0);background:var(--s0)}.dot.s1,i.s1{fill:var(--s1);background:var(--s1)}.dot.s2,i.s2{fill:var(--s2);background:var(--s2)}.dot.s3,i.s3{fill:var(--s3);background:var(--s3)}
        .dot.s4,i.s4{fill:var(--s4);background:var(--s4)}.dot.s5,i.s5{fill:var(--s5);background:var(--s5)}.dot.s6,i.s6{fill:var(--s6);background:var(--s6)}.dot.s7,i.s7{fill:var(--s7);background:var(--s7)}
        .dot{stroke:var(--card)!important}
        .panels{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,19.5rem),1fr));gap:.8rem;margin:.4rem 0 1rem}
        .panel{width:100%;background:var(--card);border:1px solid var(--line);border-collapse:separate;border-spacing:0;border-radius:12px;padding:.6rem .8rem .7rem;font-size:.86rem;table-layout:fixed;break-inside:avoid}
        .panel caption{color:var(--ink);font-weight:650;padding:.1rem 0 .3rem;max-width:none;caption-side:top}
        .panel th,.panel td{padding:.16rem 0;vertical-align:middle}.panel th{width:36%;font-weight:400;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;padding-right:.6rem}
        .panel .value{width:5.9rem;text-align:right;white-space:nowrap;color:var(--soft)}.panel .best{color:var(--ink);font-weight:700}
        .track span{display:block;position:relative;height:9px;border-radius:3px;background:color-mix(in srgb,var(--plain) 26%,transparent)}
        .track i{position:absolute;inset:0 auto 0 0;border-radius:3px;min-width:2px}.track b{position:absolute;top:3.2px;height:2.6px;background:var(--ink);opacity:.7;border-radius:1px}
        .panel.sum{border-color:color-mix(in srgb,var(--ink) 55%,transparent)}
        .figures{font-size:.93rem;min-width:100%}.figures th,.figures td{padding:.4rem 1.2rem .4rem 0;white-space:nowrap}.figures tbody tr+tr{border-top:1px solid var(--line)}.figures td small{color:var(--soft)}
        .figures thead th{white-space:normal;min-width:4.6rem}.figures tr>th:first-child{position:sticky;left:0;background:var(--paper);z-index:1}
        .command{margin:.7rem 0 0;font-size:.85rem}.command code{display:block;overflow-x:auto;white-space:pre;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.45rem .7rem;margin-top:.2rem}
        .asked{border-top:1px solid var(--line);padding:.55rem 0 .6rem}.asked:first-child{border-top:0;padding-top:0}.asked p{margin:0 0 .35rem}
        .said{list-style:none;margin:0;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,15rem),1fr));gap:.15rem 1.1rem;font-size:.9rem}
        .said li{display:flex;gap:.5rem;justify-content:space-between;border-bottom:1px dotted var(--line)}.said li>span:first-child{color:var(--soft);min-width:0}.said .right{color:var(--good);font-weight:650}.said .wrong{color:var(--bad)}
        .side{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,19rem),1fr));gap:1rem;margin:0 0 1.4rem}
        .side>article{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:.8rem .9rem;min-width:0;break-inside:avoid}.side h4{margin:0 0 .2rem;font-size:.95rem}
        .side .words{--cell:clamp(30px,calc(300px/var(--columns)),46px)}.side .patch{font-size:clamp(5.5px,calc(var(--cell)*1.5/var(--n,6)),11px)}.side figure{max-width:none}
        .side.wide{grid-template-columns:minmax(0,1fr)}.order{width:100%;max-width:60rem;height:auto;display:block;border-radius:8px;background:#fff;min-width:30rem}
        @media (max-width:34rem){.axis text{font-size:20px}.axis .between,.axis .name{display:none}.axes{display:block}.chart{padding:.7rem .5rem}.line{stroke-width:3.6}.figures{font-size:.86rem}}
        @media print{
        @page{margin:14mm 12mm}
        body{font-size:10.5pt;background:#fff}.beams,.skip{display:none}section{break-inside:auto;padding:1rem 0 .4rem}h2,h3,h4,.lead{break-after:avoid}
        .card,.map,.chart,.side>article,.asked,.lead,tr{break-inside:avoid}pre{white-space:pre-wrap;word-break:break-all}.order{min-width:0}.figures tr>th:first-child{position:static;background:none}.headlines{grid-template-columns:repeat(auto-fit,minmax(9rem,1fr))}.scroll{overflow:visible}
        .figures{font-size:8pt}.figures th,.figures td{padding:.25rem .6rem .25rem 0;white-space:normal}.panels{grid-template-columns:repeat(2,1fr)}.command code{white-space:pre-wrap;word-break:break-all}
        *{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
        """;
}
