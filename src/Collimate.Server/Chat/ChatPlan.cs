using Collimate.Data.Conversations;
using Collimate.Generation;

namespace Collimate.Server.Chat;

/// <summary>What a request for an answer asks, understood and found possible.</summary>
/// <param name="Turns">Who said what; a picture stands where its marker is written.</param>
/// <param name="Pictures">Where its pictures are, in the order of the markers, each with the part of the request that names it.</param>
/// <param name="Options">How tokens are chosen.</param>
internal sealed record ChatPlan(IReadOnlyList<Turn> Turns, IReadOnlyList<(string Url, string Parameter)> Pictures, GenerationOptions Options)
{
    /// <summary>How many answers.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>Whether the likelihood of every token is told.</summary>
    public bool TellsLikelihood { get; init; }

    /// <summary>How many of the likeliest tokens are told with it.</summary>
    public int Likeliest { get; init; }
}
