namespace Tessera.Fuzz;

/// <summary>A kind of input: how to make one from dice, and what to do with it. Stateless between inputs, so that any one can be made again.</summary>
internal interface IFuzzKind
{
    /// <summary>The name on the command line.</summary>
    string Name { get; }

    /// <summary>What is opened and touched, in one line.</summary>
    string Description { get; }

    /// <summary>Makes an input: a valid one, broken in one to three places. The same dice give the same bytes.</summary>
    byte[] Make(FuzzDice dice);

    /// <summary>Opens the input and uses everything in it; ends normally, or by a <see cref="TesseraException"/>. Anything else is a finding.</summary>
    void Use(FuzzInput input);

    /// <summary>How far the reader came before this refusal.</summary>
    FuzzStage StageOf(TesseraException refusal);
}
