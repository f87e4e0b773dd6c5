using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Collimate.Reports;

namespace Collimate.Cli.Display;

/// <summary>Where a command writes, and what stands at the other end: results go to the output, messages and progress to the error stream.</summary>
internal sealed class CommandIo
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // for files and terminals, never for HTML
        Converters = { new FiniteNumberConverter() },
    };

    private static readonly JsonSerializerOptions JsonLine = new(Json) { WriteIndented = false };

    /// <param name="output">Where results go.</param>
    /// <param name="error">Where messages and progress go.</param>
    /// <param name="input">Where lines are read from; the process's own where null.</param>
    /// <param name="interruption">What Ctrl-C does; null where nobody listens for it.</param>
    public CommandIo(TextWriter output, TextWriter error, TextReader? input = null, Interruption? interruption = null)
    {
        Output = output;
        Error = error;
        Input = input ?? Console.In;
        Interruption = interruption;
        InputIsTerminal = input is null && !Console.IsInputRedirected;
        var isDumb = Environment.GetEnvironmentVariable("TERM") is "dumb";
        OutputIsTerminal = ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected && !isDumb;
        ErrorIsTerminal = ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected && !isDumb;
        // https://no-color.org: any text but none switches colours off.
        HasColour = Environment.GetEnvironmentVariable("NO_COLOR") is null or "";
    }

    /// <summary>Where results go.</summary>
    public TextWriter Output { get; }

    /// <summary>Where messages and progress go.</summary>
    public TextWriter Error { get; }

    /// <summary>Where lines are read from.</summary>
    public TextReader Input { get; }

    /// <summary>Whether a person types the lines.</summary>
    public bool InputIsTerminal { get; }

    /// <summary>What Ctrl-C does; null where nobody listens for it.</summary>
    public Interruption? Interruption { get; }

    /// <summary>Whether a person reads the results on a terminal, so that tables may be drawn.</summary>
    public bool OutputIsTerminal { get; }

    /// <summary>Whether a person watches the progress on a terminal, so that it may redraw itself.</summary>
    public bool ErrorIsTerminal { get; }

    /// <summary>Whether colours are welcome.</summary>
    public bool HasColour { get; }

    /// <summary>The streams of the command that is being invoked.</summary>
    public static CommandIo Of(ParseResult parse) => new(
        parse.InvocationConfiguration.Output, parse.InvocationConfiguration.Error, (parse.InvocationConfiguration as Streams)?.Input, (parse.InvocationConfiguration as Streams)?.Interruption);

    /// <summary>A progress display on the error stream.</summary>
    public IProgressDisplay Progress() => new ConsoleProgress(Error, ErrorIsTerminal);

    /// <summary>Writes a report as indented JSON, with keys in camel case.</summary>
    public void WriteJson<T>(T report) => Output.WriteLine(JsonSerializer.Serialize(report, Json));

    /// <summary>Writes one JSON object on one line, for streams of them.</summary>
    public void WriteJsonLine<T>(T report) => Output.WriteLine(JsonSerializer.Serialize(report, JsonLine));

    /// <summary>The streams of an invocation together with what the parser's own settings have no place for.</summary>
    internal sealed class Streams : InvocationConfiguration
    {
        /// <summary>Where lines are read from; the process's own where null.</summary>
        public TextReader? Input { get; init; }

        /// <summary>What Ctrl-C does.</summary>
        public Interruption? Interruption { get; init; }
    }
}
