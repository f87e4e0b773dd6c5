using System.Text;

namespace Collimate.Data.Conversations;

/// <summary>Writes a template down in Jinja as Hugging Face's tokenizers run it.</summary>
internal sealed class JinjaWriter(ChatTemplate template, string imageToken)
{
    private const string Content = "message['content']";
    private const string Parts = $"{Content}.split('{ConversationRenderer.ImageMarker}')";

    internal string Write()
    {
        var text = new StringBuilder();
        if (template.OpensWithBos)
        {
            text.Append("{{ bos_token if bos_token else '' }}");
        }

        if (template.DefaultSystem.Length > 0)
        {
            var (before, end, after, _) = template.System;
            text.Append("{% if not messages or messages[0]['role'] != 'system' %}{{ ").Append(Quote(before + Spaced(template.System, template.DefaultSystem) + end + after)).Append(" }}{% endif %}");
        }

        text.Append("{% for message in messages %}");
        WriteRole(text, "if", "system", template.System);
        WriteRole(text, "elif", "user", template.User);
        WriteRole(text, "elif", "assistant", template.Assistant);
        text.Append("{% endif %}{% endfor %}");
        text.Append("{% if add_generation_prompt %}{{ ").Append(Quote(template.Assistant.Before)).Append(" }}{% endif %}");
        return text.ToString();
    }

    private static string Spaced(RoleFormat role, string words) => role.LeadingSpace ? " " + words.Trim() : words;

    private void WriteRole(StringBuilder text, string word, string role, RoleFormat format)
    {
        text.Append($"{{% {word} message['role'] == '{role}' %}}");
        var ofUser = role == "user";
        var before = Quote(format.Before);
        if (ofUser && !template.KeepsUserText)
        {
            text.Append($"{{{{ {before} + {Images("")} }}}}");
        }
        else if (ofUser && template.Images == ImagePlacement.BeforeRole)
        {
            var words = $"{Parts} | map('trim') | select | join(' ')";
            text.Append($"{{% set words = {words} %}}{{{{ {Images("")} + {before} + {(format.LeadingSpace ? "(' ' + words if words else '')" : "words")} }}}}");
        }
        else if (ofUser && template.Images == ImagePlacement.FrontOfText)
        {
            text.Append($"{{{{ {before} }}}}{{% if {Quote(ConversationRenderer.ImageMarker)} in {Content} %}}{{{{ {Images("\n")} + {Parts} | join('') | trim }}}}{{% else %}}{{{{ {AsWritten(format)} }}}}{{% endif %}}");
        }
        else if (role == "assistant")
        {
            text.Append($"{{{{ {before} + {(format.LeadingSpace ? $"(' ' + {Content} | trim if {Content} | trim else '')" : Content)} }}}}");
        }
        else
        {
            text.Append($"{{{{ {before} }}}}");
            WriteParts(text, format);
        }

        text.Append($"{{{{ {Quote(format.End + format.After)} }}}}");
    }

    private static string AsWritten(RoleFormat format) =>
        format.LeadingSpace ? $"(' ' + {Content} | trim if {Content} | trim else '')" : Content;

    private void WriteParts(StringBuilder text, RoleFormat format)
    {
        var words = format.LeadingSpace ? "(' ' + part | trim if part | trim else '')" : "part";
        text.Append($"{{% for part in {Parts} %}}{{{{ ('' if loop.first else {Quote(imageToken)}) + {words} }}}}{{% endfor %}}");
    }

    private string Images(string after) => $"{Quote(imageToken + after)} * ({Parts} | length - 1)";

    private static string Quote(string text) =>
        "'" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal) + "'";
}
