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

    private static string Source(string written) => written.StartsWith('@') ? Golden.Value.RootElement.GetProperty("templates").GetProperty(written[1..]).GetString()! : written;

    private static JinjaTemplate Template(string source, string name) => JinjaTemplate.Parse(source, name, clock: new StoppedClock());

    private sealed class StoppedClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2024, 7, 26, 15, 4, 5, TimeSpan.Zero);
    }
}
