using System.Text;
using System.Text.Json;
using Collimate.Data.Conversations.Jinja;

namespace Collimate.Tests.Data.Conversations.Jinja;

/// <summary>Templates against what Jinja 3.1 itself writes (tests/Golden/chat-templates), and what hostile templates may cost.</summary>
public sealed class JinjaTemplateTests
{
    private static readonly Lazy<JsonDocument> Golden = new(() => JsonDocument.Parse(File.ReadAllText(GoldenFiles.Require("chat-templates/cases.json"))));

    public static TheoryData<string> Groups => ["chatml", "qwen2.5-instruct", "llama-2", "llama-3", "vicuna", "mistral-instruct", "mistral-tools", "llava-1.5-hf", "qwen2-vl", "zephyr", "gemma", "phi-3", "thinking", "expression", "statement"];

    [Theory]
    [MemberData(nameof(Groups))]
    public void Render_GoldenCases_WriteWhatJinjaWrites(string group)
    {
        var wrong = new StringBuilder();
        var count = 0;
        foreach (var item in Golden.Value.RootElement.GetProperty("cases").EnumerateArray().Where(c => c.GetProperty("name").GetString()!.StartsWith(group + "/", StringComparison.Ordinal)))
        {
            count++;
            var name = item.GetProperty("name").GetString()!;
            var source = Source(item.GetProperty("template").GetString()!);
            var variables = item.TryGetProperty("variables", out var own) ? own : Golden.Value.RootElement.GetProperty("variables");
            var expected = item.TryGetProperty("text", out var text) ? text.GetString()! : null;
            string? actual;
            try
            {
                actual = Template(source, name).Render(variables);
            }
            catch (JinjaException failure)
            {
                Assert.Contains(name, failure.Message, StringComparison.Ordinal);
                actual = expected is null ? null : failure.Message;
            }

            if (actual != expected)
            {
                wrong.AppendLine($"{name}: {source}").AppendLine($"  expected {expected ?? "a failure"}").AppendLine($"  found    {actual ?? "a failure"}");
            }
        }

        Assert.True(count > 0);
        Assert.True(wrong.Length == 0, wrong.ToString());
    }

    public static TheoryData<string> Hostile =>
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}x{% endfor %}{% endfor %}{% endfor %}",
        "{{ 'x' * 999999999999 }}", "{{ [1] * 999999999999 }}", "{% set ns = namespace(s='xxxxxxxx') %}{% for a in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}{{ ns.s }}",
        "{% set ns = namespace(s=[]) %}{% for a in range(99) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}", "{% set ns = namespace(s=[]) %}{% for a in range(99) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s | tojson }}",
        "{% set ns = namespace(s=[]) %}{% for a in range(99) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s == ns.s + [] or ns.s < [ns.s] }}",
        "{% set ns = namespace(s=[]) %}{% for a in range(5000) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s }}", "{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}",
        "{% macro f(x) %}{{ f(x) ~ f(x) }}{% endmacro %}{{ f(1) }}", "{{ 'a' | replace('', 'b' * 9999999) | replace('b', 'c' * 9999999) }}", "{{ 2 ** 9999999999 }}", "{{ 9223372036854775807 + 1 }}",
        "{{ ('x' * 16000000) | list | length }}", "{{ ('a,' * 8000000).split(',') | length }}", "{% for a in range(99999) %}{{ 'x' * 100000 }}{% endfor %}", "{{ ('x\\n' * 100000) | indent(999999999) }}",
        "{% for a in range(99999) %}{% set b = 'x' * 16000000 %}{% endfor %}", "{{ range(99999) | map('string') | map('list') | map('join', 'x' * 100000) | list }}", "{{ -9223372036854775807 - 1 }}{{ (-9223372036854775807 - 1) // -1 }}",
        "{% for a in range(99999) %}{{ range(99999) | sort | unique | list | length }}{% endfor %}", "{{ 'x' | center(99999999999) }}", "{% raw %}{% raw %}", "{{ '%s' % (('x' * 9999999),) * 99 }}",
    ];

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Render_HostileTemplates_AreStopped(string source) =>
        Assert.StartsWith("hostile, line 1: ", Assert.Throws<JinjaException>(() => JinjaTemplate.Parse(source, "hostile").Render(NoVariables)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("(")]
    [InlineData("[")]
    [InlineData("not ")]
    [InlineData("-")]
    [InlineData("{1:")]
    [InlineData("a.b(")]
    [InlineData("a if ")]
    [InlineData("1 + ")]
    [InlineData("a | join | ")]
    [InlineData("a is not ")]
    [InlineData("a.b.")]
    public void Parse_EndlessNesting_IsRefused(string piece) =>
        Assert.Throws<JinjaException>(() => JinjaTemplate.Parse("{{ " + string.Concat(Enumerable.Repeat(piece, 50_000)), "deep"));

    [Fact]
    public void Render_LongChains_AreRefusedOrWritten()
    {
        Assert.Throws<JinjaException>(() => JinjaTemplate.Parse("{{ 1" + string.Concat(Enumerable.Repeat(" + 1", 50_000)) + " }}", "long").Render(NoVariables));
        Assert.Throws<JinjaException>(() => JinjaTemplate.Parse(string.Concat(Enumerable.Repeat("{% if true %}", 50_000)), "long"));
        Assert.Equal(new string('a', 1000), JinjaTemplate.Parse("{{ 'a'" + string.Concat(Enumerable.Repeat(" ~ 'a'", 999)) + " }}", "long").Render(NoVariables));
    }

    [Fact]
    public void Render_TenThousandMutations_WriteOrFailByName()
    {
        var templates = Golden.Value.RootElement.GetProperty("templates").EnumerateObject().Select(t => t.Value.GetString()!).ToArray();
        var cases = Golden.Value.RootElement.GetProperty("cases").EnumerateArray().Where(c => c.TryGetProperty("variables", out _)).Select(c => c.GetProperty("variables")).ToArray();
        var pieces = new[] { "{{", "}}", "{%", "%}", "-", "{#", "#}", "'", "\"", "(", ")", "[", "]", "|", ".", "{% endif %}", "{% endfor %}", "{% for x in messages %}", "loop", "*", "**", "~", " is ", " if ", " else ", "not", "in", "\\", "\0", "\uD800", "99999999", "range(99999)", "namespace()", "|tojson", "|list" };
        var random = new Random(11);
        var limits = JinjaLimits.Default with { Steps = 50_000, OutputLength = 1 << 18 };
        var failures = 0;
        for (var k = 0; k < 10_000; k++)
        {
            var source = new StringBuilder(templates[random.Next(templates.Length)]);
            for (var changes = random.Next(1, 5); changes > 0; changes--)
            {
                var at = random.Next(source.Length);
                _ = random.Next(4) switch
                {
                    0 => source.Insert(at, pieces[random.Next(pieces.Length)]),
                    1 => source.Remove(at, Math.Min(random.Next(1, 12), source.Length - at)),
                    2 => source.Insert(at, source.ToString(Math.Min(at, source.Length / 2), Math.Min(20, source.Length / 2))),
                    _ => source.Replace(source[at], (char)random.Next(1, 127), at, 1),
                };
            }

            try
            {
                JinjaTemplate.Parse(source.ToString(), "mutated", limits).Render(cases[random.Next(cases.Length)]);
            }
            catch (JinjaException failure)
            {
                Assert.StartsWith("mutated, line ", failure.Message, StringComparison.Ordinal);
                failures++;
            }
        }

        Assert.InRange(failures, 1000, 9900);
    }

    private static readonly JsonElement NoVariables = JsonDocument.Parse("{}").RootElement;

    private static string Source(string written) => written.StartsWith('@') ? Golden.Value.RootElement.GetProperty("templates").GetProperty(written[1..]).GetString()! : written;

    private static JinjaTemplate Template(string source, string name) => JinjaTemplate.Parse(source, name, clock: new StoppedClock());

    private sealed class StoppedClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2024, 7, 26, 15, 4, 5, TimeSpan.Zero);
    }
}
