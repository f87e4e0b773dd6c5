using System.CommandLine;
using Collimate.Generation;

namespace Collimate.Cli.Commands;

/// <summary>The options of every command that lets a model speak.</summary>
internal sealed class GenerationOptionSet
{
    private readonly Option<int> maxTokens;
    private readonly Option<double> temperature = new("--temperature") { Description = "0 takes the likeliest word each time; above 0 draws.", HelpName = "T" };
    private readonly Option<int> topK = new("--top-k") { Description = "Draw from the K likeliest words only; 0 for all.", HelpName = "K" };
    private readonly Option<double> topP = new("--top-p") { Description = "Draw from the likeliest words that hold this much probability.", HelpName = "P", DefaultValueFactory = _ => 1 };
    private readonly Option<double> penalty = new("--repetition-penalty") { Description = "Above 1 makes repetition less likely.", HelpName = "R", DefaultValueFactory = _ => 1 };
    private readonly Option<int> beams = new("--beams") { Description = "Follow the N likeliest beginnings at once and take the best answer.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private readonly Option<long> seed = new("--seed") { Description = "The same seed draws the same answer.", HelpName = "S" };

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="most">How many tokens an answer has at most where nothing else is said.</param>
    public GenerationOptionSet(Command command, int most)
    {
        maxTokens = new("--max-tokens") { Description = "The most tokens of an answer.", HelpName = "N", DefaultValueFactory = _ => most };
        foreach (var option in (Option[])[maxTokens, temperature, topK, topP, penalty, beams, seed])
        {
            command.Add(option);
        }
    }

    /// <summary>What the command line says.</summary>
    /// <exception cref="UsageException">A value lies outside its range.</exception>
    public GenerationOptions Read(ParseResult parse)
    {
        var options = new GenerationOptions
        {
            MaxNewTokens = parse.GetValue(maxTokens), Temperature = parse.GetValue(temperature), TopK = parse.GetValue(topK), TopP = parse.GetValue(topP),
            RepetitionPenalty = parse.GetValue(penalty), Beams = parse.GetValue(beams), Seed = (ulong)parse.GetValue(seed),
        };
        try
        {
            options.Validate();
        }
        catch (ArgumentException problem)
        {
            throw new UsageException(problem.Message);
        }

        return options;
    }
}
