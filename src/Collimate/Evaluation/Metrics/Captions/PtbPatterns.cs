using System.Text.RegularExpressions;

namespace Collimate.Evaluation.Metrics.Captions;

/// <summary>The pieces that the rules of the Penn Treebank tokenizer are made of.</summary>
internal static class PtbPatterns
{
    public const string Letter = @"[\p{L}\p{Mn}\p{Mc}\u00AD]";
    public const string Word = $@"{Letter}({Letter}|\p{{Nd}})*([.!?]{Letter}({Letter}|\p{{Nd}})*)*";
    public const string Apostrophe = "(['\u0092\u2019\u00B4]|&apos;)";
    public const string AnyApostrophe = "(['\u0092\u2019\u00B4`\u0091\u2018\u201B]|&apos;)";
    public const string Space = @"[ \t\u00A0\u2000-\u200A\u3000]";
    public const string SpaceOrEnd = @"[ \t\u00A0\u2000-\u200A\u3000\r\n\u2028\u2029]";

    /// <summary>What is split off at the end of a word: 's, 'm, 'd, 're, 've, 'll.</summary>
    public const string ShortVerb = $"{Apostrophe}([msdMSD]|re|ve|ll|RE|VE|LL|Re|Ve|Ll)";
    public const string ShortNot = "[nN]['\u0092\u2019\u00B4][tT]";
    public const string BeforeNot = @"[A-Za-z\u00AD]*[A-MO-Za-mo-z\u00AD]";

    public const string Number = @"[0-9]*([.,][0-9]+)+|[0-9]+([.:,\u00AD\u066B\u066C][0-9]+)*";
    public const string Date = @"[0-9]{1,2}[-/][0-9]{1,2}[-/][0-9]{2,4}(?![0-9])|[0-9]{1,2}[-/][0-9]{1,2}[-/][0-9]{2,4}";
    public const string Fraction = @"([0-9]{1,4}[- \u00A0])?[0-9]{1,4}(\\?/|\u2044)[0-9]{1,4}";
    public const string Phone = @"(\([0-9]{2,3}\)[ \u00A0]?|(\+\+?)?([0-9]{2,4}[- \u00A0])?[0-9]{2,4}[- \u00A0])[0-9]{3,4}[- \u00A0]?[0-9]{3,5}|((\+\+?)?[0-9]{2,4}\.)?[0-9]{2,4}\.[0-9]{3,4}\.[0-9]{3,5}";

    /// <summary>Words with apostrophes in them that stay whole: o'clock, ma'am, 'em, 'n', '90s.</summary>
    public const string ApostropheWord =
        $"{Apostrophe}n{Apostrophe}?|[lLdDjJ]{Apostrophe}|(Dunkin|somethin|ol){Apostrophe}|{Apostrophe}em(?![A-Za-z])|[A-HJ-XZn]{AnyApostrophe}{Letter}{{2}}{Letter}*|{Apostrophe}[2-9]0s"
        + $"|{Apostrophe}till?|{Letter}{{2,}}(?<=[aeiouyAEIOUY]){AnyApostrophe}[aeiouA-Z]{Letter}*|{Apostrophe}cause|cont'd\\.?|nor'easter|c'mon|e'er|s'mores|ev'ry|li'l|nat'l";
    public const string Elided = $"([dDoOlL]{AnyApostrophe}(?=[A-Za-z0-9]))?";
    public const string Hyphenated = $@"{Elided}([A-Za-z0-9]+|[-+]?({Number}))(-{Elided}([A-Za-z0-9]+|{Number}))*";
    public const string Slashed = @"[A-Za-z0-9]+(-[A-Za-z]+){0,2}(\\?/[A-Za-z0-9]+(-[A-Za-z]+){0,2}){1,2}";
    public const string Compound = @"[A-Za-z0-9][A-Za-z0-9.,\u00AD]{0,255}([-_]([A-Za-z](\.[A-Za-z])+\.|[A-Za-z0-9\u00AD]+))+";
    public const string Ampersands = "[A-Z]+(([+&]|&amp;)[A-Z]+)+";

    public const string FullAddress = @"https?://[^ \t\r\n\f""<>|(){}]+(?<![.!?(){},-])";
    public const string LikelyAddress =
        @"(www\.([^ \t\r\n\f""<>|.!?(){},]+\.)+[a-zA-Z]{2,4}|([^ \t\r\n\f""`'<>|.!?(){},\-_$]{1,255}\.){1,16}(com|net|org|edu))(/[^ \t\r\n\f""<>|()]+(?<![.!?(){},-]))?";
    public const string Mail = @"(&lt;|<)?[a-zA-Z0-9][^ \t\r\n\f""<>|()\u00A0{}]{0,255}@([^ \t\r\n\f""<>|(){}.\u00A0]+\.)*([^ \t\r\n\f""<>|(){}\u00A0]+)(&gt;|>)?";
    public const string Handle = "[@\uFF20][A-Za-z_][A-Za-z_0-9]*|[#\uFF03][A-Za-z_][A-Za-z_0-9]*";
    public const string FileName = @"[A-Za-z0-9]{1,255}([-._/][A-Za-z0-9]{1,255}){0,16}\.(bat|bmp|c|class|cgi|cpp|dll|docx?|exe|gif|gz|h|html?|jar|java|jpe?g|mov|mp[34g]|pdf|php|pl|png|ppt|ps|py|sql|tar|txt|wav|x|xml|zip|wm[va]|avi|flv)";
    public const string Markup = @"<([!?][A-Za-z-][^>\r\n]{0,1023}|/?[A-Za-z][A-Za-z0-9:.-]*([ \t]+[A-Za-z][A-Za-z0-9_:.-]*([ \t]*=[ \t]*(""[^""\r\n]*""|'[^'\r\n]*'|[A-Za-z0-9_:.-]+))?)*[ \t]*/?)>";

    /// <summary>Abbreviations that lower-case words usually follow.</summary>
    public const string Abbreviation =
        "((Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Mon|Tues?|Wed|Thu(rs)?|Fri|Ala|Ariz|Calif|Colo|Conn|Ct|Dak|Fla|Ga|Ind|Kans?|Ky|Md|Mich|Minn|Mo|Mont|Neb|Nev|Okla|Penn|Tenn|Va|Vt|Wisc?|Wyo"
        + "|Inc|Cos?|Corp|Pp?t[ye]s?|Ltd|Plc|Rt|Bancorp|Bhd|Assn|Univ|Intl|Sys|tel|est|ext|sq|Jr|Sr|Bros|(Ed|Ph)\\.D|Blvd|Rd|Esq|etc|al|seq|Bldg)|(?-i:Az|Ark|Del|Ill|La|Mass|Miss|Ore|Pa|Tex|Wash))\\.";

    /// <summary>Initials, and titles that a name usually follows.</summary>
    public const string Initials = @"[A-Za-z](\.[A-Za-z])*";
    public const string Title =
        "Mrs?|Ms|(?-i:Miss)|Drs?|Profs?|Sens?|Reps?|Attys?|Lt|Col|Gen|Messrs|Govs?|Adm|Rev|Maj|Sgt|Cpl|Pvt|Capt|Ste?|Ave|Pres|Lieut|Hon|Brig|Co?mdr|Pfc|Spc|Supts?|Det|Mt|Ft|Adj|Adv|Asst|Assoc|Ens|Insp|Mlle|Mme|Msgr|Sfc"
        + "|Invt|Elec|Natl|M[ft]g|Dept";
    public const string BeforeNumber = @"(ca|figs?|prop|nos?|art|bldg|pp|op)\.";

    /// <summary>Words that, with a capital, begin a sentence after an abbreviation.</summary>
    public const string Openers =
        "(A|About|According|Additionally|After|All|Also|Although|An|Another|As|At|Before|Both|But|By|Did|During|Each|Earlier|Following|For|From|He|Her|Here|His|How|However|If|In|It|Its|Last|Later|Many|More|Most"
        + "|Mrs?\\.|Ms\\.|Now|On|Once|One|Other|Our|She|Since|So|Some|Such|That|The|Their|Then|There|These|They|This|Two|Under|Upon|We|When|While|What|Who|Why|Yet|You)";

    public const string Smiley = @"[<>]?[:;=][-o*']?[()DPdpO\\{@|\[\]]";
    public const string EasternSmiley = @"[-^x=~<>']_[-^x=~<>']|\([-^x=~<>'][_.]?[-^x=~<>']\)|\([\^x=~<>']-[\^x=~<>'`]\)";
    public const string Quotes = "((['\u0092\u2019\u00B4]|&apos;)|[`\u2018-\u201F\u0082\u0084\u0091-\u0094\u2039\u203A\u00AB\u00BB]{1,2})";
    public const string DoubleQuote = "(\"|&quot;|[`'\u0091\u0092\u2018\u2019]')";
    public const string Symbol =
        "[+%&~^|\\\\\u00A6\u00A7\u00A8\u00A9\u00AC\u00AE\u00AF\u00B0-\u00BA\u00D7\u00F7\u0387\u05BE\u05C0\u05C3\u05C6\u05F3\u05F4\u0600-\u0603\u0606-\u060A\u060C\u0614\u061B\u061E\u066A\u066D\u0703-\u070D\u07F6-\u07F8\u0964\u0965\u0E4F"
        + "\u1FBD\u2016\u2017\u2020-\u2023\u2030-\u2038\u203B\u203E-\u2042\u2044\u207A-\u207F\u208A-\u208E\u2100-\u214F\u2190-\u21FF\u2200-\u2BFF\u3012\u30FB\uFF01-\uFF0F\uFF1A-\uFF20\uFF3B-\uFF40\uFF5B-\uFF65]";

    /// <summary>Round brackets as the treebank writes them.</summary>
    public static string Brackets(string token) => token.Replace("(", "-LRB-", StringComparison.Ordinal).Replace(")", "-RRB-", StringComparison.Ordinal);

    /// <summary>A blank inside a token as a blank that does not break.</summary>
    public static string Unbroken(string token) => Regex.Replace(token, "[ \r\n\t]", "\u00A0");

    /// <summary>Quotation marks as the treebank writes them.</summary>
    /// <param name="token">The marks.</param>
    /// <param name="opens">Whether a straight mark opens.</param>
    public static string Quote(string token, bool opens)
    {
        if (token is "\"" or "&quot;" or "''" or "``" or "`'" or "\u2018'" or "\u2019'")
        {
            return token is "``" ? "``" : opens ? "``" : "''";
        }

        return string.Concat(token.Replace("&apos;", "'", StringComparison.Ordinal).Select(mark => mark switch
        {
            '\'' or '\u0092' or '\u00B4' => opens ? "`" : "'",
            '\u2018' or '\u201B' or '\u2039' or '\u0091' => "`",
            '\u2019' or '\u203A' or '\u201A' or '\u0082' => "'",
            '\u201C' or '\u201F' or '\u00AB' or '\u0093' => "``",
            '\u201D' or '\u00BB' or '\u201E' or '\u0084' or '\u0094' => "''",
            _ => mark.ToString(),
        }));
    }

    /// <summary>A currency sign as the treebank writes it, which knows dollars, pounds and cents.</summary>
    public static string Currency(string token) => token switch { "\u00A2" => "cents", "\u00A3" => "#", _ => "$" };
}
