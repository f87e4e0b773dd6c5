using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Collimate.Tests.Fuzzing;

/// <summary>Damages files in the ways that accidents and attackers do; the same random numbers give the same damage.</summary>
internal static class Mutations
{
    // What stands where something else was expected: other kinds, and numbers at the edges of every type.
    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-1", "1", "2", "3", "7", "255", "65536", "2147483647", "2147483648", "-2147483648", "1000000000", "4294967296", "9223372036854775807",
        "-9223372036854775808", "18446744073709551615", "99999999999999999999", "1e9", "1e300", "-1e300", "1e-300", "1e999", "0.5", "-0.0", "\"\"", "\"x\"", "\"\\ud800\"", "\"\\u0000\"",
        "\"..\"", "\"F32\"", "\"I64\"", "\"F7\"", "[]", "{}", "[[]]", "[0]", "[-1]", "[1,2,3]", "[2147483647,2147483647]", "[9223372036854775807]", "[0,9223372036854775807]",
        "{\"a\":{}}", "[null]", "[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]", "\"gelu\"", "\"relu\"", "\"linear\"",
    ];

    /// <summary>Flips, cuts, inserts, repeats.</summary>
    public static byte[] Bytes(byte[] whole, Random random)
    {
        var bytes = whole;
        for (var edit = random.Next(1, 4); edit > 0 && bytes.Length > 0; edit--)
        {
            var at = random.Next(bytes.Length);
            var length = random.Next(1, Math.Min(16, bytes.Length - at) + 1);
            bytes = random.Next(7) switch
            {
                0 => bytes[..at],
                1 => [.. bytes[..at], (byte)random.Next(256), .. bytes[at..]],
                2 => [.. bytes[..at], .. bytes[(at + length)..]],
                3 => [.. bytes[..(at + length)], .. bytes[at..]],
                4 => With(bytes, at, (byte)(bytes[at] ^ (1 << random.Next(8)))),
                5 => With(bytes, at, (byte)"0123456789[]{},:\"-.e"[random.Next(20)]),
                _ => With(bytes, at, (byte)random.Next(256)),
            };
        }

        return bytes;
    }

    /// <summary>Changes nodes of a JSON text: other values, numbers moved a little or much, entries left out, doubled, renamed, nested.</summary>
    public static string Json(string text, Random random)
    {
        for (var edit = random.Next(1, 4); edit > 0; edit--)
        {
            using var document = JsonDocument.Parse(text);
            var count = CountNodes(document.RootElement);
            var target = random.Next(count);
            var written = new StringBuilder();
            Write(document.RootElement, written, random, ref target);
            text = written.ToString();
            if (!IsJson(text))
            {
                return text; // damaged as text already: no node to change any more
            }
        }

        return text;
    }

    /// <summary>One of the two.</summary>
    public static byte[] JsonOrBytes(string text, Random random) =>
        random.Next(4) == 0 ? Bytes(Encoding.UTF8.GetBytes(text), random) : Encoding.UTF8.GetBytes(Json(text, random));

    private static byte[] With(byte[] bytes, int at, byte value)
    {
        byte[] copy = [.. bytes];
        copy[at] = value;
        return copy;
    }

    private static bool IsJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return true;
        }
        catch (Exception damage) when (damage is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static int CountNodes(JsonElement element) => 1 + element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().Sum(entry => CountNodes(entry.Value)),
        JsonValueKind.Array => element.EnumerateArray().Sum(CountNodes),
        _ => 0,
    };

    private static void Write(JsonElement element, StringBuilder to, Random random, ref int target)
    {
        if (target-- == 0)
        {
            to.Append(Changed(element, random));
            return;
        }

        if (element.ValueKind == JsonValueKind.Array)
        {
            to.Append('[');
            var first = true;
            foreach (var item in element.EnumerateArray())
            {
                to.Append(first ? "" : ",");
                Write(item, to, random, ref target);
                first = false;
            }

            to.Append(']');
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            WriteObject(element, to, random, ref target);
        }
        else
        {
            to.Append(element.GetRawText());
        }
    }

    private static void WriteObject(JsonElement element, StringBuilder to, Random random, ref int target)
    {
        to.Append('{');
        var first = true;
        foreach (var entry in element.EnumerateObject())
        {
            var isTarget = target == 0;
            var value = new StringBuilder();
            Write(entry.Value, value, random, ref target);
            var name = JsonSerializer.Serialize(entry.Name);
            var written = isTarget
                ? random.Next(8) switch
                {
                    0 => null,
                    1 => $"{name}:{entry.Value.GetRawText()},{name}:{value}",
                    2 => $"{JsonSerializer.Serialize(entry.Name + "x")}:{value}",
                    3 => $"\"\\ud800\":{value}",
                    _ => $"{name}:{value}",
                }
                : $"{name}:{value}";
            if (written is not null)
            {
                to.Append(first ? "" : ",").Append(written);
                first = false;
            }
        }

        to.Append('}');
    }

    private static string Changed(JsonElement element, Random random)
    {
        if (element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out var number) && random.Next(3) > 0)
        {
            return random.Next(8) switch
            {
                0 => $"{unchecked(number + 1)}",
                1 => $"{unchecked(number - 1)}",
                2 => $"{unchecked(number * 2)}",
                3 => $"{number / 2}",
                4 => $"{unchecked(number * 3)}",
                5 => $"{unchecked(number * 1_000_003)}",
                6 => $"{unchecked(-number)}",
                _ => $"{number}.5",
            };
        }

        return random.Next(12) switch
        {
            0 => $"[{element.GetRawText()}]",
            1 => $"{{\"x\":{element.GetRawText()}}}",
            2 => new string('[', 100) + new string(']', 100),
            3 => JsonSerializer.Serialize(new string('n', random.Next(5000))),
            _ => Values[random.Next(Values.Length)],
        };
    }
}
