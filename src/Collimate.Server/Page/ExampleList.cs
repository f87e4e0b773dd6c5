namespace Collimate.Server.Page;

/// <summary>The answer of <c>GET /api/examples</c>.</summary>
/// <param name="Data">The pictures.</param>
internal sealed record ExampleList(IReadOnlyList<Example> Data)
{
    public string Object => "list";
}

/// <summary>A picture that can be asked about.</summary>
/// <param name="Id">Tells it from others; the same at every start.</param>
/// <param name="Title">What it shows, for those who do not see it.</param>
/// <param name="Image">The picture as a data: URL.</param>
/// <param name="Questions">What may be asked.</param>
internal sealed record Example(string Id, string Title, string Image, IReadOnlyList<ExampleQuestion> Questions);

/// <summary>A question about an example.</summary>
/// <param name="Text">The question.</param>
/// <param name="Answer">The true answer; null where there is more than one way to say it.</param>
internal sealed record ExampleQuestion(string Text, string? Answer);
