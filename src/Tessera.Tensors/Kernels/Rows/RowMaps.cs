using System.Numerics;

namespace Tessera.Tensors.Kernels;

/// <summary>A function of one number, for a register of them at a time.</summary>
internal interface IMap1
{
    Vector<float> At(Vector<float> a);
}

/// <summary>A function of two numbers.</summary>
internal interface IMap2
{
    Vector<float> At(Vector<float> a, Vector<float> b);
}

/// <summary>A function of three numbers.</summary>
internal interface IMap3
{
    Vector<float> At(Vector<float> a, Vector<float> b, Vector<float> c);
}

/// <summary>A function of four numbers.</summary>
internal interface IMap4
{
    Vector<float> At(Vector<float> a, Vector<float> b, Vector<float> c, Vector<float> d);
}
