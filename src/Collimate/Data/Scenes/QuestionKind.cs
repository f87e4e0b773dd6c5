namespace Collimate.Data.Scenes;

/// <summary>What a question asks for; answers are one word unless said otherwise.</summary>
public enum QuestionKind
{
    /// <summary><c>is there a dog?</c>: yes or no.</summary>
    Existence,

    /// <summary><c>how many times does the dog appear?</c>: 0 to 3.</summary>
    Count,

    /// <summary><c>how many fruit objects are there?</c>: 0 to 3.</summary>
    CountCategory,

    /// <summary><c>how many objects are there?</c>: 1 to 6; digits and letters are no objects.</summary>
    CountAll,

    /// <summary><c>what is at the northwest?</c>: a name.</summary>
    WhatIsAt,

    /// <summary><c>where is the dog?</c>: a position.</summary>
    WhereIs,

    /// <summary><c>is the dog left of the cat?</c>: yes or no.</summary>
    Relation,

    /// <summary><c>what colour is the object at the north?</c>: a colour.</summary>
    Colour,

    /// <summary><c>what kind of object is at the north?</c>: a category.</summary>
    Category,

    /// <summary><c>are there more fruit or vehicle objects?</c>: a category.</summary>
    Comparison,

    /// <summary><c>read the symbols.</c>: two or three digits or letters with spaces between them.</summary>
    Reading,

    /// <summary><c>what is the sum of the digits?</c>: 0 to 27.</summary>
    Sum,

    /// <summary><c>what is left of the dog?</c>: the name of the nearest object there in the same row or column.</summary>
    NextTo,

    /// <summary><c>what is above the only fruit object?</c>: as <see cref="NextTo"/>, once the object meant is found by its category.</summary>
    TwoStep,
}
