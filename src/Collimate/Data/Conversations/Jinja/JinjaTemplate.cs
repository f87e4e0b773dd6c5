using System.Text.Json;

namespace Collimate.Data.Conversations.Jinja;

/// <summary>A chat template as published with a tokenizer: the part of Jinja that such templates use, read once and run for every conversation.</summary>
/// <remarks>
/// Run as Hugging Face runs them: <c>trim_blocks</c> and <c>lstrip_blocks</c> set, values cannot be changed in place, <c>raise_exception</c>,
/// <c>strftime_now</c>, <c>break</c>, <c>continue</c> and generation blocks known. Safe to use from several threads.
/// </remarks>
public sealed class JinjaTemplate
{
    private readonly JinjaStatement[] body;
    private readonly JinjaLimits limits;

    private readonly TimeProvider clock;

    private JinjaTemplate(string name, string source, JinjaStatement[] body, JinjaLimits limits, TimeProvider clock) =>
        (Name, Source, this.body, this.limits, this.clock) = (name, source, body, limits, clock);

    /// <summary>What messages call it.</summary>
    public string Name { get; }

    /// <summary>Its text.</summary>
    public string Source { get; }

    /// <summary>Reads a template.</summary>
    /// <param name="source">Its text.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="limits">What it may cost.</param>
    /// <param name="clock">What time <c>strftime_now</c> tells; the machine's where silent.</param>
    /// <exception cref="JinjaException">It cannot be read, or uses what chat templates do not use.</exception>
    public static JinjaTemplate Parse(string source, string name = "the chat template", JinjaLimits? limits = null, TimeProvider? clock = null) =>
        new(name, source, JinjaParser.Read(source, name, limits ?? JinjaLimits.Default), limits ?? JinjaLimits.Default, clock ?? TimeProvider.System);

    /// <summary>Runs the template on values from JSON.</summary>
    /// <param name="variables">An object: <c>messages</c> and whatever else the template reads.</param>
    /// <exception cref="JinjaException">It fails, refuses what it is given, or costs more than it may.</exception>
    public string Render(JsonElement variables) =>
        Run(variables.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, JinjaValue.From(p.Value, new TextTag(TextOrigin.Data))))).Value;

    internal TaggedText Run(IEnumerable<KeyValuePair<string, object?>> variables) => new JinjaRun(Name, limits, clock).Render(body, variables);
}
