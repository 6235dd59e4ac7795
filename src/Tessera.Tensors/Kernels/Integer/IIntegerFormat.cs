namespace Tessera.Tensors.Kernels;

/// <summary>The constants of an <see cref="IntegerSource"/>, so that the compiler folds a kernel's branches.</summary>
internal interface IIntegerFormat
{
    /// <summary>Codes are nibbles: step i low, step i + 4 high.</summary>
    static abstract bool IsNibbles { get; }

    /// <summary>Scales and minima are halves.</summary>
    static abstract bool IsHalf { get; }

    /// <summary>There are minima.</summary>
    static abstract bool HasMinimum { get; }

    /// <summary>There is a scale per 16 weights.</summary>
    static abstract bool IsSixteen { get; }

    /// <summary>What was added to the codes: 128, 8 or 0.</summary>
    static abstract int Zero { get; }
}

/// <inheritdoc cref="IntegerSource.Symmetric"/>
internal readonly struct SymmetricFormat : IIntegerFormat
{
    public static bool IsNibbles => false;

    public static bool IsHalf => false;

    public static bool HasMinimum => false;

    public static bool IsSixteen => false;

    public static int Zero => 128;
}

/// <inheritdoc cref="IntegerSource.Sixteen"/>
internal readonly struct SixteenFormat : IIntegerFormat
{
    public static bool IsNibbles => false;

    public static bool IsHalf => false;

    public static bool HasMinimum => false;

    public static bool IsSixteen => true;

    public static int Zero => 128;
}

/// <inheritdoc cref="IntegerSource.Minimum"/>
internal readonly struct MinimumFormat : IIntegerFormat
{
    public static bool IsNibbles => false;

    public static bool IsHalf => false;

    public static bool HasMinimum => true;

    public static bool IsSixteen => false;

    public static int Zero => 0;
}

/// <inheritdoc cref="IntegerSource.Bytes"/>
internal readonly struct BytesFormat : IIntegerFormat
{
    public static bool IsNibbles => false;

    public static bool IsHalf => true;

    public static bool HasMinimum => false;

    public static bool IsSixteen => false;

    public static int Zero => 128;
}

/// <inheritdoc cref="IntegerSource.Nibbles"/>
internal readonly struct NibblesFormat : IIntegerFormat
{
    public static bool IsNibbles => true;

    public static bool IsHalf => true;

    public static bool HasMinimum => false;

    public static bool IsSixteen => false;

    public static int Zero => 8;
}

/// <inheritdoc cref="IntegerSource.NibblesMin"/>
internal readonly struct NibblesMinFormat : IIntegerFormat
{
    public static bool IsNibbles => true;

    public static bool IsHalf => true;

    public static bool HasMinimum => true;

    public static bool IsSixteen => false;

    public static int Zero => 0;
}

/// <summary>How many bytes an activation has.</summary>
internal interface IActivationWidth
{
    /// <summary>Whether values are 16 bits: a plane of upper and one of lower halves.</summary>
    static abstract bool IsWide { get; }
}

/// <summary>8 bits.</summary>
internal readonly struct NarrowActivations : IActivationWidth
{
    public static bool IsWide => false;
}

/// <summary>16 bits.</summary>
internal readonly struct WideActivations : IActivationWidth
{
    public static bool IsWide => true;
}
