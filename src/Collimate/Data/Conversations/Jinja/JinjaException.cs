namespace Collimate.Data.Conversations.Jinja;

/// <summary>A chat template that cannot be read or run: the message names the template and the line.</summary>
public sealed class JinjaException : CollimateException
{
    /// <param name="template">The template's name.</param>
    /// <param name="line">The line, from 1.</param>
    /// <param name="message">What is wrong and what was expected.</param>
    /// <param name="inner">What led to it.</param>
    public JinjaException(string template, int line, string message, Exception? inner = null)
        : base($"{template}, line {line}: {message}", inner)
    {
        (Template, Line) = (template, line);
    }

    /// <summary>The template's name.</summary>
    public string Template { get; }

    /// <summary>The line, from 1.</summary>
    public int Line { get; }

    /// <summary>Whether the template itself refused the conversation with <c>raise_exception</c>.</summary>
    public bool IsRaisedByTemplate { get; internal init; }

    /// <summary>Whether the template wanted a message's content as text where it is a list of parts.</summary>
    internal bool WantsText { get; init; }
}
