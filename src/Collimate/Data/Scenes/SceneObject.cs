namespace Collimate.Data.Scenes;

/// <summary>Something that a scene can show: an emoji with its English name, or a symbol (a digit or a letter).</summary>
/// <param name="Id">Its number in <see cref="SceneWorld.Items"/>; objects come first, then the digits, then the letters.</param>
/// <param name="Name">One lower-case English word, from Unicode CLDR; a digit or letter is its own name.</param>
/// <param name="Category">What it is, such as <c>fruit</c>; <c>digit</c> or <c>letter</c> for symbols.</param>
/// <param name="Colour">The colour that clearly prevails in its picture, or null.</param>
/// <param name="CodePoints">The emoji's characters.</param>
/// <param name="Keywords">Further words for it, from Unicode CLDR.</param>
public sealed record SceneObject(int Id, string Name, string Category, string? Colour, string CodePoints, IReadOnlyList<string> Keywords);
