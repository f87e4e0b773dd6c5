using System.Globalization;

namespace Collimate.Benchmarks;

/// <summary>The options of a command, each written <c>--name value</c>.</summary>
internal sealed class Options
{
    private readonly Dictionary<string, string> values = [];

    /// <summary>The words they were read from.</summary>
    public IReadOnlyList<string> Words { get; private init; } = [];

    public static Options Parse(string[] words)
    {
        var options = new Options { Words = words };
        foreach (var pair in words.Chunk(2))
        {
            if (pair is not [['-', '-', .. var name], var value])
            {
                throw new ArgumentException($"an option is written --name value, found '{string.Join(' ', pair)}'");
            }

            options.values[name] = value;
        }

        return options;
    }

    public int Number(string name, int otherwise) => !values.TryGetValue(name, out var text)
        ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new ArgumentException($"--{name} takes a whole number above 0, found '{text}'");

    public string Text(string name, string otherwise) => values.GetValueOrDefault(name, otherwise);

    public string? Text(string name) => values.GetValueOrDefault(name);

    public bool Flag(string name) => values.GetValueOrDefault(name) is "true";

    /// <summary>The type of matrix products: null for single precision.</summary>
    public Torch.ScalarType? Precision => Text("dtype", "fp32") switch
    {
        "fp32" => null,
        "bf16" => Torch.ScalarType.BFloat16,
        var other => throw new ArgumentException($"--dtype is fp32 or bf16, found '{other}'"),
    };
}
